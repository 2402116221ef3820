"""`xlvla onboard` in a process of its own: `python tests/onboarding/asking.py HOLD WORDS...`.

Run by the tests of what signals and second processes do. Training takes a few steps, is measured
on a few postures and judged good enough. It says `training` on stderr when a step is done, and with
a HOLD other than `-` it waits there until a file of that name is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from xlvla_sdk.kinematics.model import TipModel

ENDLESS = 10**9
"""Steps of a training that only a signal ends: asked for by HOLD `never`."""


def main(hold: str, words: list[str]) -> None:
    from dataclasses import replace

    from tests.trained import TINY
    from xlvla_sdk.cli import main as xlvla
    from xlvla_sdk.latent import evaluation, fitting, sampling, trials
    from xlvla_sdk.onboarding import onboard, report

    def uniform(hand: TipModel, count: int, generator: Generator, *_: int, **how: int) -> Tensor:
        return sampling.uniform(hand, count, generator)

    sampling.closing = uniform
    recipe = replace(TINY, steps=ENDLESS if hold == "never" else 6)
    fitting.FIT = fitting.FIT_TWIN = recipe
    evaluation.evaluate = partial(evaluation.evaluate, count=8)
    trials.ORACLE_STEPS = 2
    report.FAIR = 1e9
    sys.modules[onboard.__module__].__dict__["training_bar"] = partial(told, hold)
    xlvla(["onboard", *words])


@contextmanager
def told(
    hold: str, hand: str, wanted: bool | None = None
) -> Iterator[Callable[[int, int, float], None]]:
    """In place of the bar."""

    def step(number: int, steps: int, loss: float) -> None:
        if number == 1:
            sys.stderr.write("training\n")
            sys.stderr.flush()
            while hold not in ("-", "never") and not Path(hold).exists():
                time.sleep(0.01)

    yield step


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
