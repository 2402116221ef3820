"""A pooled policy that sees by pictures: the smallest honest run, beside the one that is told where things are.

    python -m bench.policy image --cameras front,right_wrist --seeds 100000:100010

Pictures are drawn into the pool's own datasets, in a folder beside them; datasets, policies and outcomes stay there,
what is there is not made again, and what was interrupted goes on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bench.policy_cells import SPENT, Judged, Pool, encoded_rows, known, played
from bench.policy_options import of_pool, pool_of, seeds_of, words_of
from bench.policy_page import rate
from bench.policy_places import places_missed
from bench.results import machine, table, today, write_section
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.merging import merge
from xlvla_sdk.layouts import XL1
from xlvla_sdk.learning.files import CARD, UNFINISHED
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import train
from xlvla_sdk.learning.variant import Variant
from xlvla_sdk.learning.variant_image import SIZE, ImageVariant
from xlvla_sdk.learning.variant_state import StateVariant
from xlvla_sdk.leaving import heed, listen
from xlvla_sdk.synthesis.rendering import RenderPlan, render

TAUGHT = 900
"""Steps in which the encoder by itself is taught where things stand."""
DRAWN = 240
"""Height and width of the pictures that are drawn: as simulated cameras have them, without their sides [px]."""
TITLE = "Pictures in place of poses"
COLUMNS = (
    "finds things in pictures",
    "the same, where it learned",
    "tokens of pictures",
    "told where things are, same recipe",
    "told, the whole pool's policy",
)


@dataclass(frozen=True)
class Pictures:
    """A pool's pictures, and the policies that learn from them.

    Attributes:
        pool: Hands, tasks, recipe; everything is kept in `image` of its folder.
        variant: Cameras, and the size that the network sees; nothing to find.
    """

    pool: Pool
    variant: ImageVariant

    @property
    def kept(self) -> Pool:
        """The pool, kept where pictures are."""
        return replace(self.pool, kept=self.pool.kept / "image")

    @property
    def drawn(self) -> str:
        """What folders of drawn datasets are called, after the cell."""
        return f"{'+'.join(self.variant.cameras)}-{DRAWN}"

    @property
    def folder(self) -> Path:
        """Where the policy is trained that finds things in pictures."""
        return self.tokens.with_name(f"{self.tokens.name}-found")

    @property
    def tokens(self) -> Path:
        """Where the one is trained that has only tokens of them."""
        trained = self.kept.folder(XL1.name)
        cameras, size = "+".join(self.variant.cameras), self.variant.size
        return trained.with_name(f"{trained.name}-{cameras}-{size}")


@of_pool(hands="xhand,ability", tasks="push-cans", steps=4500, batch=32)
def image(
    pool: Pool,
    seeds: str,
    cameras: Annotated[str, typer.Option(help="Between commas.")] = "front,right_wrist",
    size: Annotated[int, typer.Option(help="Of pictures, as the network sees them [px].")] = SIZE,
    learned: Annotated[
        str, typer.Option(metavar="A:B", help="Seeds that were learned from, judged as well.")
    ] = "0:5",
) -> None:
    """Trains a pooled policy on pictures, and writes docs/results/policy.md."""
    listen()
    pictures = Pictures(pool, ImageVariant(tuple(cameras.split(",")), size))
    seen, tokens = pictures_policy(pictures), tokens_policy(pictures)
    found = _judged(pictures, seen, seeds_of(seeds))
    again = _judged(pictures, seen, seeds_of(learned))
    plain = _judged(pictures, tokens, seeds_of(seeds))
    places = _judged(pictures, places_policy(pictures), seeds_of(seeds))
    state = state_pool(pool)
    beside = list(judged_by_state(state, pool, seeds_of(seeds)))
    said = [*notes(pictures, state, seeds, learned), places_note(pictures)]
    write_section("policy", TITLE, success(pool, [found, again, plain, places, beside]), said)


def picture_rows(pictures: Pictures) -> Path:
    """The dataset of all cells with pictures: drawn, or reused."""
    kept = pictures.kept
    whole = kept.kept / XL1.name / f"{kept.name}-{pictures.drawn}"
    if whole.is_dir():
        return whole
    parts = [_drawn(pictures, task, hand) for task, hand in kept.learned]
    if len(parts) == 1:
        return parts[0].root
    merge(parts, whole)
    return whole


def pictures_policy(pictures: Pictures) -> Path:
    """The policy that finds things in pictures: trained, gone on with, or reused."""
    seen, dataset = pictures.variant, Dataset.open(picture_rows(pictures))
    return _trained(pictures, ImageVariant.of(dataset, seen.cameras, seen.size), pictures.folder)


def tokens_policy(pictures: Pictures) -> Path:
    """The one that is never told where anything is, and has tokens of pictures in its place."""
    return _trained(pictures, pictures.variant, pictures.tokens)


def places_policy(pictures: Pictures) -> Path:
    """The one that is told where things are, of the same rows and the same recipe."""
    return _trained(pictures, StateVariant(), pictures.kept.folder(XL1.name))


def _trained(pictures: Pictures, variant: Variant, folder: Path) -> Path:
    """A policy; CPU seconds stand beside it."""
    if (folder / CARD).is_file():
        return folder
    dataset = Dataset.open(picture_rows(pictures))
    samples = Samples.of(dataset, XL1.name, pictures.pool.horizon, variant)
    whole, begun = not (folder / UNFINISHED).exists(), time.process_time()
    train(samples, folder, pictures.pool.recipe, told=_told)
    if whole:
        (folder / SPENT).write_text(json.dumps(time.process_time() - begun))
    return folder


def state_pool(pool: Pool) -> Pool:
    """The pool of `python -m bench.policy pooled`, whose policy is told where things are."""
    return pool_of(horizon=pool.horizon, kept=pool.kept)


def judged_by_state(state: Pool, pool: Pool, seeds: Sequence[int]) -> Iterator[Judged]:
    """What the policy that is told where things are came to on the same seeds, where it was judged."""
    folder = state.folder(XL1.name)
    for task, hand in pool.cells:
        for seed in seeds:
            if (one := known(state, folder, task, hand, seed)) is not None:
                yield one


def success(pool: Pool, columns: Sequence[Sequence[Judged]]) -> str:
    """A row a cell, a column for each of COLUMNS."""
    rows = []
    for task, hand in [*pool.cells, ("all", "all")]:
        cells = {(task, hand)} if task != "all" else set(pool.cells)
        of = [[one for one in some if (one.task, one.hand) in cells] for some in columns]
        rows.append((task, hand, *map(rate, of)))
    return table(("task", "hand", *COLUMNS), rows)


def notes(pictures: Pictures, state: Pool, seeds: str, learned: str) -> list[str]:
    """What was measured, and how."""
    pool, variant = pictures.pool, pictures.variant
    recipe, took = pool.recipe, _minutes(pictures.folder)
    cameras = " and ".join(variant.cameras)
    return [
        f"The smallest honest run of variant `image`, because no GPU was at hand: {len(pool.hands)} hands, "
        f"{len(pool.tasks)} task, {pool.episodes} demonstrations a cell, pictures of {cameras} at {variant.size} x "
        f"{variant.size}, layout xl-1, {recipe.steps} steps of {recipe.batch} chunks of {pool.horizon} rows, training "
        f"seed {recipe.seed}, {took} of one core; one training. Drawn at {DRAWN} x {DRAWN}, as simulated cameras draw "
        f"while it is judged. Done as the task's judge says, on seeds {seeds}, of which none was learned from; with "
        "Wilson's 95 % interval.",
        f"Where it learned: the same policy on seeds {learned}, whose scenes it was shown demonstrations of. What "
        "fails there as well is not for want of scenes.",
        "Tokens of pictures: the same pictures, steps and chunks, but nobody says where anything is while it learns, "
        f"as on a dataset from a robot ({_minutes(pictures.tokens)} of one core). Nothing is turned about then.",
        "Told where things are, same recipe: variant `state`, trained on the same rows in as many steps of as many "
        f"chunks ({_minutes(pictures.kept.folder(XL1.name))} of one core), judged on the same seeds. All but what is "
        "seen by is alike, so the difference is what is not found well enough.",
        f"The whole pool's policy, on the same cells and seeds, variant `state` of {len(state.hands)} "
        f"hands and {len(state.tasks)} tasks, {state.recipe.steps} steps of {state.recipe.batch}: more "
        "demonstrations, more samples, and the places of things to the millimetre, so not the same budget.",
        f"`python -m bench.policy image --cameras {','.join(variant.cameras)} --size {variant.size} "
        f"{words_of(pool, seeds)} --learned {learned}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]


def places_note(pictures: Pictures) -> str:
    """What the encoder by itself can see, in words; of pools of one task, whose things are alike."""
    dataset, kept = Dataset.open(picture_rows(pictures)), pictures.folder / "places.json"
    asked = (pictures.pool.episodes, TAUGHT, pictures.pool.recipe.batch, kept)
    missed = 1e3 * np.array(places_missed(dataset, pictures.variant, *asked))
    return (
        f"The encoder by itself: taught for {TAUGHT} steps where things stand, and not what to do, it misses them by "
        f"{missed.min():.0f} to {missed.max():.0f} mm (mean absolute error of each thing's x and y, in the fifth of "
        "the episodes that it was not taught with). So the pictures hold where things are, and it can be found."
    )


def _drawn(pictures: Pictures, task: str, hand: str) -> Dataset:
    rows = encoded_rows(pictures.pool, task, hand, XL1.name)
    out = pictures.kept.kept / XL1.name / f"{rows.root.name}-{pictures.drawn}"
    if out.is_dir():
        return Dataset.open(out)
    return render(RenderPlan(rows.root, pictures.variant.cameras, DRAWN), out)


def _minutes(folder: Path) -> str:
    spent = folder / SPENT
    return f"{json.loads(spent.read_text()) / 60:.1f} min" if spent.is_file() else "unknown minutes"


def _judged(pictures: Pictures, folder: Path, seeds: Sequence[int]) -> list[Judged]:
    found = []
    for one in played(pictures.kept, XL1.name, folder, seeds):
        said = "done" if one.success else one.failure
        print(f"{one.task} {one.hand} {one.seed}: {said}", file=sys.stderr)
        found.append(one)
    return found


def _told(step: int, steps: int, loss: float) -> None:
    heed()
    if step % 100 == 0:
        print(f"step {step} of {steps}: loss {loss:.3f}", file=sys.stderr)
