"""How fast an optimiser goes at each step, and when it has gone far enough."""

from __future__ import annotations

import math
from collections.abc import Callable

from xlvla_sdk.latent.presets import Preset

WARM_UP = 0.03
"""Part of a run over which the rate rises."""
COOL_DOWN = 0.5
"""Part of a run that watches a measure over which the rate falls to nothing at the end."""
LOOKS = 20
"""How often a run looks at its measure."""
BETTER = 0.01
"""By how much of itself a measure has to have fallen since the last but one look to have improved."""


class Schedule:
    """The rate of every step, as a part of its peak.

    Without a measure: constant, or up and then down along a cosine, as the preset says. With one:
    up, level for as long as the measure improves, at most to the middle of the run, and down.

    Args:
        preset: Steps and kind.
        measure: What is to fall, taken on the way; None runs all steps.
    """

    def __init__(self, preset: Preset, measure: Callable[[], float] | None = None) -> None:
        self.steps = preset.steps
        self.last = preset.steps
        self._cosine = preset.cosine
        self._measure = measure
        self._cool = max(1, round(COOL_DOWN * preset.steps))
        self._every = max(1, preset.steps // LOOKS)
        self._seen: list[float] = []

    @property
    def stopped(self) -> bool:
        """Whether the run ends early, because the measure no longer fell."""
        return self.last < self.steps

    def rate(self, step: int) -> float:
        """How much of the peak rate a step takes; looks at the measure when it is time to."""
        if self._measure is None:
            return self._fixed(step / self.steps)
        if step % self._every == 0 and self._warm < step < self.last - self._cool:
            self._look(step, self._measure())
        rising = (step + 1) / self._warm
        return min(1.0, rising, (self.last - step) / self._cool)

    def _look(self, step: int, value: float) -> None:
        self._seen.append(value)
        if len(self._seen) > 2 and value > (1.0 - BETTER) * self._seen[-3]:
            self.last = step + self._cool

    def _fixed(self, done: float) -> float:
        if not self._cosine:
            return 1.0
        if done < WARM_UP:
            return max(done / WARM_UP, 0.01)
        return 0.5 * (1.0 + math.cos(math.pi * (done - WARM_UP) / (1.0 - WARM_UP)))

    @property
    def _warm(self) -> int:
        return max(1, round(WARM_UP * self.steps))
