"""One of two processes that train together: `python -m tests.learning.two_processes RANK FOLDER`.

It leaves what it was told in FOLDER/RANK.json, and ends as the test says that it should.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from tests.learning.conftest import BRIEF, TINY
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.learning.parallel import World
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import Recipe, Told, train

RECIPE = replace(BRIEF, steps=6, every=2, batch=7, rate=1e-3)
"""Seven chunks: one process has four of them, the other three."""


class Interrupted(Exception):
    pass


def main(rank: int, folder: Path) -> None:
    samples = Samples.of(Dataset.open(folder / "dataset"))
    world = World(rank, 2, rank)
    steps: list[int] = []
    losses: list[float] = []

    def learn(name: str, recipe: Recipe, told: Told | None = None) -> None:
        meeting = f"file://{folder}/meeting-{name}-{recipe.steps}-{len(steps)}"
        out = folder / "out" / name if world.first else folder / f"{rank}-has-none"
        with world.joined(torch.device("cpu"), meeting):
            train(samples, out, recipe, shape=TINY, told=told, world=world)

    def interrupted(step: int, _: int, loss: float) -> None:
        note(step, _, loss)
        if step == 3:
            raise Interrupted

    def note(step: int, _: int, loss: float) -> None:
        steps.append(step)
        losses.append(loss)

    def dies(step: int, _: int, __: float) -> None:
        if step == 2 and not world.first:
            os._exit(3)

    learn("once", replace(RECIPE, steps=1))
    try:
        learn("whole", RECIPE, interrupted)
    except Interrupted:
        learn("whole", RECIPE, note)
    said = {
        "steps": steps,
        "losses": losses,
        "other": refusal(lambda: learn("other", replace(RECIPE, seed=rank))),
        "stands": refusal(lambda: learn("whole", replace(RECIPE, seed=8))),
    }
    (folder / f"{rank}.json").write_text(json.dumps(said))
    said["dead"] = refusal(lambda: learn("dead", RECIPE, dies))
    (folder / f"{rank}.json").write_text(json.dumps(said))


def refusal(act: Callable[[], None]) -> str:
    try:
        act()
    except XlvlaError as error:
        return error.message
    return ""


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
