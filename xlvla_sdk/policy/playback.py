"""Playback: a chunk being played, and which row it is at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from xlvla_sdk.messages import ActionChunk

_EPSILON = 1e-9
"""Of a row; times are sums of steps and miss a row's time by rounding."""
_STEEPEST = 3.0
"""A slope of up to this times the smaller neighbouring step lets a cubic pass no row.

Source: Fritsch and Carlson, Monotone Piecewise Cubic Interpolation, SIAM J. Numer. Anal. 17, 1980.
"""


@dataclass(frozen=True)
class Playback:
    """A chunk whose row 0 belongs to the moment it was asked at.

    Between rows it goes along cubics: the velocity has no steps, and nothing lies beyond the two
    rows around it, so that rows within limits stay there.

    Attributes:
        chunk: The rows.
        begin_s: When it was asked for, on the clock [s].
        number: Which of the policy's answers it is, from 0.
    """

    chunk: ActionChunk
    begin_s: float
    number: int = 0

    @property
    def horizon_s(self) -> float:
        """How long its rows last [s]."""
        return len(self.chunk.rows) * self.chunk.dt

    @property
    def end_s(self) -> float:
        """When the last row is due; the next chunk begins there, one row for one row."""
        return self.begin_s + max(len(self.chunk.rows) - 1, 1) * self.chunk.dt

    def outdated(self, now: float) -> bool:
        """Whether it is older than its horizon, and must not be played."""
        return now - self.begin_s > self.horizon_s + _EPSILON

    def used_up(self, now: float) -> bool:
        """Whether its last row was due."""
        return now >= self.end_s - _EPSILON

    def position(self, now: float) -> float:
        """Where in its rows this moment is; the last row beyond the end."""
        at = (now - self.begin_s) / self.chunk.dt + _EPSILON
        return min(max(at, 0.0), len(self.chunk.rows) - 1.0)

    def index(self, now: float) -> int:
        """The row that has begun last."""
        return int(self.position(now))

    def settled(self, now: float) -> Playback:  # noqa: ARG002  (as a cross-fade's)
        """Itself: nothing fades out of a chunk."""
        return self

    def row(self, now: float) -> Float[np.ndarray, " A"]:
        """The row of this moment, between the two that stand around it; beyond the end the last."""
        rows, at = self.chunk.rows, self.position(now)
        before = min(int(at), max(len(rows) - 2, 0))
        part = at - before
        if part == 0.0:
            return rows[before]
        step, rest = rows[before + 1] - rows[before], 1.0 - part
        leaving, arriving = self._slopes[before], self._slopes[before + 1]
        bend = rest * (leaving - step) - part * (arriving - step)
        return rows[before] + part * (step + rest * bend)

    @cached_property
    def _slopes(self) -> Float[np.ndarray, "H A"]:
        """Each row's slope, per row: the mean of the steps around it, 0 where they turn round."""
        steps = np.diff(self.chunk.rows, axis=0)
        before, after = steps[:-1], steps[1:]
        steepest = _STEEPEST * np.minimum(np.abs(before), np.abs(after))
        inner = np.clip(0.5 * (before + after), -steepest, steepest)
        inner[before * after <= 0.0] = 0.0
        return np.concatenate([steps[:1], inner, steps[-1:]])
