"""The training curve as a drawing: the loss on a scale of powers of ten over the steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 620.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 12.0, 14.0, 34.0
_NICE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


@dataclass(frozen=True)
class Tick:
    """A place on an axis, and what stands there."""

    at: float
    words: str


@dataclass(frozen=True)
class Curve:
    """A line in a frame of WIDTH by HEIGHT.

    Attributes:
        points: As an SVG polyline has them.
        last: Where it ends.
        final: The loss there.
        across: Ticks of the steps.
        up: Ticks of the loss.
    """

    points: str
    last: tuple[float, float]
    final: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def training_curve(points: Sequence[tuple[int, float]]) -> Curve | None:
    """The curve of some losses; None where there are fewer than two.

    Args:
        points: Steps and losses, as OnboardReport has them.
    """
    shown = [(float(step), loss) for step, loss in points if loss > 0.0]
    if len(shown) < 2:
        return None
    first, last = shown[0][0], shown[-1][0]
    low, high = (f(math.log10(loss) for _, loss in shown) for f in (min, max))
    low, high = low - 0.03, max(high, low + 0.05) + 0.03

    def x(step: float) -> float:
        return LEFT + (step - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(loss: float) -> float:
        return TOP + (high - math.log10(loss)) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = [(x(step), y(loss)) for step, loss in shown]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in drawn)
    up = tuple(Tick(y(value), f"{value:g}") for value in _between(low, high))
    return Curve(line, drawn[-1], shown[-1][1], _along(x, last), up)


def _between(low: float, high: float) -> list[float]:
    """Round losses whose logarithms lie between two, at most about six."""
    found = [
        factor * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for factor in _NICE
        if low <= math.log10(factor * 10.0**power) <= high
    ]
    return found[:: max(1, math.ceil(len(found) / 6))]


def _along(x: Callable[[float], float], last: float) -> tuple[Tick, ...]:
    """Ticks at round steps up to the last, about five."""
    rough = last / 5.0
    size = 10 ** math.floor(math.log10(max(rough, 1.0)))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return tuple(Tick(x(float(at)), str(at)) for at in range(step, int(last) + 1, step))
