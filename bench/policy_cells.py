"""What a pooled policy is made of and judged by: data of every cell, a dataset a layout, episodes."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, product
from pathlib import Path

from bench.policy_layouts import body_layout, body_name, row_layout
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.merging import merge
from xlvla_sdk.evaluation import EvaluationSettings, evaluate
from xlvla_sdk.layouts import Layout
from xlvla_sdk.learning.files import CARD, UNFINISHED
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import Recipe, train
from xlvla_sdk.leaving import heed
from xlvla_sdk.storage import written_beside
from xlvla_sdk.synthesis import SynthPlan, synthesize

NOISE = 0.01
"""How far demonstrators' waypoints stray [m]."""
DISTURBANCE = 0.02
"""How far arms are pushed off their way, so that the way back is shown [rad]."""
GENTLE = 0.01
"""The same where it is `STEADY` that is demonstrated [rad]."""
STEADY = (
    "cans-in-container",
    "sort-cans",
    "stack-cans",
    "arrange-boxes",
    "pour-sauce",
    "pour-sugar",
)
"""Tasks that fail more often than not when arms are pushed off their way by `DISTURBANCE`."""
BEYOND = (("pour-sauce", "paxini"), ("pour-sugar", "paxini"))
"""Cells that demonstrators do less than seven times in ten, by docs/results/demonstrations.md: neither
demonstrated nor judged."""
LONG = 150
"""Letters of a pool's name, beyond which it is told by numbers."""
SPENT = "spent.json"


@dataclass(frozen=True)
class Pool:
    """What is learned together, and where it is kept.

    Attributes:
        hands, tasks: Every hand does every task, on an xArm 7 unless called with its arm; see `body_name`.
        episodes: Demonstrations of each.
        recipe: How each layout's policy is trained.
        horizon: Rows of a chunk.
        kept: The folder; what is there is not made again.
        unseen: Cells that nothing is learned from.
        latency_s: How long answers travel while it is judged, in simulated time [s].
        drawn: Seed of the noise that answers begin in while it is judged; in its middle where there is none.
    """

    hands: tuple[str, ...]
    tasks: tuple[str, ...]
    episodes: int
    recipe: Recipe
    horizon: int
    kept: Path
    unseen: tuple[tuple[str, str], ...] = ()
    latency_s: float = 0.0
    drawn: int | None = None

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Every task with every hand, but for those in `BEYOND`."""
        return [cell for cell in product(self.tasks, self.hands) if cell not in BEYOND]

    @property
    def learned(self) -> list[tuple[str, str]]:
        """Those that are demonstrated."""
        return [cell for cell in self.cells if cell not in self.unseen]

    def one_unseen(self) -> Pool:
        """The same without one task of each hand, the next task with the next hand."""
        left_out = zip(cycle(self.tasks), self.hands, strict=False)
        return replace(self, unseen=tuple(left_out))

    @property
    def name(self) -> str:
        """What folders of the whole pool are called."""
        whole = f"{'+'.join(self.tasks)}-{'+'.join(self.hands)}-{self.episodes}-{DISTURBANCE:g}"
        without = "+".join(f"{task}-{hand}" for task, hand in self.unseen)
        name = f"{whole}-without-{without}" if without else whole
        if len(name) <= LONG:
            return name
        counts = f"{len(self.tasks)}-tasks-{len(self.hands)}-hands-{self.episodes}"
        return f"{counts}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    def folder(self, layout: str) -> Path:
        """Where the policy of a layout is trained."""
        recipe = self.recipe
        trained = f"{recipe.steps}x{recipe.batch}-{self.horizon}-{recipe.seed}"
        return self.kept / "policies" / f"{self.name}-{trained}-{layout}"


@dataclass(frozen=True)
class Judged:
    """One episode of one policy."""

    task: str
    hand: str
    layout: str
    seed: int
    success: bool
    failure: str


def pooled_rows(pool: Pool, layout: str) -> Path:
    """The dataset of all cells in a layout: made, or reused."""
    whole = pool.kept / layout / pool.name
    if whole.is_dir():
        return whole
    parts = [encoded_rows(pool, task, hand, layout) for task, hand in pool.learned]
    if len(parts) == 1:
        return parts[0].root
    merge(parts, whole)
    return whole


def trained(pool: Pool, layout: str) -> Path:
    """A layout's policy: trained, gone on with, or reused; CPU seconds stand beside it."""
    folder = pool.folder(layout)
    if (folder / CARD).is_file():
        return folder
    samples = Samples.of(Dataset.open(pooled_rows(pool, layout)), row_layout(layout), pool.horizon)
    whole, begun = not (folder / UNFINISHED).exists(), time.process_time()
    train(samples, folder, pool.recipe)
    if whole:
        (folder / SPENT).write_text(json.dumps(time.process_time() - begun))
    return folder


def spent_s(pool: Pool, layout: str) -> float | None:
    """CPU seconds of a training; None where it was interrupted, and nobody knows."""
    path = pool.folder(layout) / SPENT
    return float(json.loads(path.read_text())) if path.is_file() else None


def judged(pool: Pool, layout: str, seeds: Sequence[int]) -> Iterator[Judged]:
    """Every episode of a layout's policy: played, or known from before; a seed of each cell in turn."""
    return played(pool, layout, trained(pool, layout), seeds)


def played(
    pool: Pool,
    layout: str,
    folder: Path,
    seeds: Sequence[int],
    rows_of: Callable[[str, str], Layout] | None = None,
) -> Iterator[Judged]:
    """The same of the policy in a folder; `rows_of` says what moves a hand in a task, where not the layout."""
    policy = TrainedPolicy(folder, drawn=pool.drawn)
    settings = EvaluationSettings(latency_s=pool.latency_s)
    for seed in seeds:
        for task, hand in pool.cells:
            heed()
            if (one := known(pool, folder, task, hand, seed)) is not None:
                yield one
                continue
            rows = rows_of(task, hand) if rows_of else body_layout(task, hand, layout)[0]
            report = evaluate(policy, task, rows, [seed], settings)
            one = report.episodes[0]
            found = Judged(task, hand, layout, seed, one.success, one.failure)
            path = _path(pool, folder, task, hand, seed)
            path.parent.mkdir(exist_ok=True)
            with written_beside(path) as beside:
                beside.write_text(json.dumps(asdict(found)))
            yield found


def told(episodes: Iterable[Judged], whose: str) -> list[Judged]:
    """All of them; each is said on standard error as it comes."""
    found = []
    for one in episodes:
        said = "done" if one.success else one.failure
        print(f"{whose} {one.task} {one.hand} {one.seed}: {said}", file=sys.stderr)
        found.append(one)
    return found


def known(pool: Pool, folder: Path, task: str, hand: str, seed: int) -> Judged | None:
    """What an episode came to that was played before."""
    path = _path(pool, folder, task, hand, seed)
    return Judged(**json.loads(path.read_text())) if path.is_file() else None


def _path(pool: Pool, folder: Path, task: str, hand: str, seed: int) -> Path:
    played = f"judged-{pool.latency_s:g}" if pool.latency_s else "judged"
    played += "" if pool.drawn is None else f"-drawn-{pool.drawn}"
    return folder / played / f"{task}-{hand}-{seed}.json"


def encoded_rows(pool: Pool, task: str, hand: str, layout: str) -> Dataset:
    """The dataset of one cell in a layout: made, or reused."""
    pushed = disturbance(task)
    cell = f"{task}-{hand}-{pool.episodes}-{pushed:g}"
    raw, rows = pool.kept / "raw" / cell, pool.kept / layout / cell
    if not raw.is_dir():
        plan = SynthPlan(
            task, body_name(task, hand), pool.episodes, noise=NOISE, disturbance=pushed
        )
        synthesize(plan, raw)
    if not rows.is_dir():
        made, codecs = body_layout(task, hand, layout)
        encode(Dataset.open(raw), made, rows, codecs=codecs)
    return Dataset.open(rows)


def disturbance(task: str) -> float:
    """How far arms are pushed off their way while a task is demonstrated [rad]."""
    return GENTLE if task in STEADY else DISTURBANCE
