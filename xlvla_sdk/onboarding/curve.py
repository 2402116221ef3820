"""How the loss fell while a hand was trained, in few enough points to keep with its codec."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

POINTS = 120
"""At most so many are kept of a run; each stands for the steps since the one before it."""


class TrainingCurve:
    """Hears of every step of a training, and hands it on.

    Args:
        told: Who else is told of every step: a bar, or nobody.
    """

    def __init__(self, told: Callable[[int, int, float], None] | None = None) -> None:
        self._told = told
        self._losses: list[float] = []

    def __call__(self, step: int, steps: int, loss: float) -> None:
        self._losses.append(loss)
        if self._told is not None:
            self._told(step, steps, loss)

    def points(self) -> list[tuple[int, float]]:
        """Pairs of a step and the mean loss up to it since the pair before, in six digits."""
        count = len(self._losses)
        ends = [round((k + 1) * count / min(POINTS, count)) for k in range(min(POINTS, count))]
        return [
            (end, float(f"{sum(self._losses[start:end]) / (end - start):.6g}"))
            for start, end in pairwise([0, *ends])
        ]
