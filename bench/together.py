"""A hand that joins a frozen space, beside the same hand trained together with all the others.

Leave-one-out over the four hands published numbers were taken on: one joins a space of the other
three, against a space of all four. Allegro and LEAP join the space of the four, against a space of
five. Both sides are measured on the same test postures, over the pairs with the hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from bench.paper_hands import FOUNDING, NEW, founding_hands, new_hands
from bench.results import machine, table, today, write_section
from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space
from xlvla_sdk.codec.space import save_space
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.fitting import FIT
from xlvla_sdk.latent.measures import SETS, make_test_sets, measure, reconstruction_deg
from xlvla_sdk.latent.presets import DEFAULT, Preset
from xlvla_sdk.latent.pretraining import pretrain
from xlvla_sdk.onboarding import OnboardReport
from xlvla_sdk.onboarding.progress import training_bar
from xlvla_sdk.specs import HandSpec

try:
    import fcntl
except ImportError:
    fcntl = None

GOALS: Mapping[str, float] = {"retarget_loss": 1.10, "recon_deg": 1.15}
"""How much worse a hand may be for joining than for having been there from the start."""
HEADER = (
    *("hand", "joins", "set"),
    *(f"{key}, {side}" for key in GOALS for side in ("joined", "together")),
    *(f"{key}, ratio" for key in GOALS),
)

Join = Callable[[HandSpec, LatentSpace, int | None, int], tuple[OnboardReport, float]]
Sets = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Case:
    """A hand, the hands whose space it joins, and itself among them from the start."""

    hand: str
    joins: tuple[str, ...]
    together: tuple[str, ...]


FOUR = tuple(FOUNDING)
CASES = (
    *(Case(hand, tuple(h for h in FOUR if h != hand), FOUR) for hand in FOUR),
    *(Case(hand, FOUR, (*FOUR, hand)) for hand in NEW),
)


@dataclass(frozen=True)
class Bench:
    """What is asked for: where things are kept, with what recipe, and how hands join."""

    folder: Path
    preset: Preset
    seed: int
    steps: int | None
    specs: Mapping[str, HandSpec]
    join: Join


@dataclass(frozen=True)
class Result:
    """What a case came to.

    Attributes:
        hand: The hand.
        joined: Its measures where it joined, by set.
        together: The same where all hands were trained together.
        seconds: How long onboarding took [s].
        training_s: The part of it that was training [s].
        verdict: What the report says.
        fit: The recipe it joined by.
    """

    hand: str
    joined: Sets
    together: Sets
    seconds: float
    training_s: float
    verdict: str
    fit: dict[str, Any] = field(default_factory=lambda: asdict(FIT))

    def ratio(self, name: str, key: str) -> float:
        """How much worse the hand is on a set for having joined."""
        return self.joined[name][key] / self.together[name][key]


def compare_with_together(
    keep: Path, hands: list[str] | None, steps: int | None, seed: int, shared: Path, join: Join
) -> None:
    """Trains what is not kept yet, lets the hands join, and writes everything that is kept."""
    specs = {spec.name: spec for spec in (*founding_hands(shared), *new_hands(shared))}
    if unknown := set(hands or ()) - set(specs):
        raise SystemExit(f"no case for {', '.join(sorted(unknown))}; there are {', '.join(specs)}.")
    preset = DEFAULT if steps is None else replace(DEFAULT, steps=steps)
    bench = Bench(keep / recipe_hash(preset, seed), preset, seed, steps, specs, join)
    bench.folder.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES if hands is None or case.hand in hands]
    spaces = dict.fromkeys(group for case in cases for group in (case.joins, case.together))
    for wait in (False, True):  # first what no other process trains, then what it does
        for group in spaces:
            _train(bench, group, wait)
    for case in cases:
        found = json.dumps(asdict(_compared(bench, case)), indent=2)
        _result_path(bench, case).write_text(f"{found}\n")
    write_section("latent", "New hands against training together", *_section(bench))


def recipe_hash(preset: Preset, seed: int) -> str:
    """What spaces are kept under: those of another recipe or seed are others."""
    text = json.dumps([asdict(preset), seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def space_name(group: tuple[str, ...]) -> str:
    """What the space of some hands is called."""
    return "-".join(group)


def _train(bench: Bench, group: tuple[str, ...], wait: bool) -> None:
    path = bench.folder / f"{space_name(group)}.safetensors"
    with _locked(path.with_suffix(".lock"), wait) as mine:
        if not mine or path.is_file():
            return
        kinematics = {bench.specs[h].id: shared_kinematics(bench.specs[h]) for h in group}
        with training_bar(space_name(group)) as told:
            space = pretrain(kinematics, bench.preset, bench.seed, space_name(group), told)
        save_space(space, bench.folder)


@contextmanager
def _locked(path: Path, wait: bool) -> Iterator[bool]:
    """Whether this process has the lock; it ends with the process."""
    with path.open("a") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
        yield True


def _compared(bench: Bench, case: Case) -> Result:
    """A case's measures on both sides."""
    joins, together = (
        load_space(str(bench.folder / f"{space_name(group)}.safetensors"))
        for group in (case.joins, case.together)
    )
    report, seconds = bench.join(bench.specs[case.hand], joins, bench.steps, bench.seed)
    hand = bench.specs[case.hand].id
    joined = {h: report.codec if h == hand else joins.hands[h] for h in together.hands}
    return Result(
        case.hand,
        measures_with(hand, joined),
        measures_with(hand, together.hands),
        seconds,
        report.seconds,
        report.verdict.reason,
    )


def measures_with(hand: str, codecs: Mapping[str, LatentCodec]) -> Sets:
    """retarget_loss over the pairs with a hand, and recon_deg of the hand, on both sets."""
    models = {name: TipModel(codec.kinematics) for name, codec in codecs.items()}
    sets = make_test_sets(models)
    pairs = [pair for other in codecs if other != hand for pair in ((hand, other), (other, hand))]
    return {
        name: {
            "retarget_loss": measure(codecs, models, sets, name, pairs).retarget_loss,
            "recon_deg": reconstruction_deg(codecs[hand], sets.postures[name][hand]),
        }
        for name in SETS
    }


def _result_path(bench: Bench, case: Case) -> Path:
    return bench.folder / f"{case.hand}.result.json"


def _section(bench: Bench) -> tuple[str, list[str]]:
    paths = [path for case in CASES if (path := _result_path(bench, case)).is_file()]
    results = [Result(**json.loads(path.read_text())) for path in paths]
    recipe = json.loads(json.dumps(asdict(FIT)))
    results = [result for result in results if result.fit == recipe]
    rows = [row for result in results for row in result_rows(result)]
    return table(HEADER, rows), [*conclusions(results), *_times(results), _how(bench)]


def result_rows(result: Result) -> list[tuple[str, ...]]:
    """A row for each set: measures on both sides, and their ratios."""
    joins = next(case.joins for case in CASES if case.hand == result.hand)
    sides = (result.joined, result.together)
    return [
        (
            result.hand,
            " ".join(joins),
            name,
            *(f"{side[name][key]:.3f}" for key in GOALS for side in sides),
            *(f"{result.ratio(name, key):.2f}" for key in GOALS),
        )
        for name in SETS
    ]


def conclusions(results: list[Result]) -> list[str]:
    """Whether every hand is within the goals, and which is furthest from them."""
    said = []
    for name in SETS:
        for key, goal in GOALS.items():
            worst = max(results, key=lambda result: result.ratio(name, key))
            times = worst.ratio(name, key)
            holds = "holds" if times <= goal else "does NOT hold"
            said.append(
                f"{name}, {key} within {goal:.2f} of training together: {holds} "
                f"(at worst {times:.2f}, {worst.hand})."
            )
    return said


def _times(results: list[Result]) -> list[str]:
    return [
        f"`{r.hand}`: onboarded in {r.seconds:.1f} s, {r.training_s:.1f} s of it training; {r.verdict}"
        for r in results
    ]


def _how(bench: Bench) -> str:
    return (
        f"Spaces: preset `{bench.preset.name}`, {bench.preset.steps} steps of {bench.preset.batch}, "
        f"seed {bench.seed}. {today()}, {machine()}, torch {torch.__version__}."
    )
