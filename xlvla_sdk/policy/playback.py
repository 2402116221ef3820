"""Playback: a chunk being played, and which row it is at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.messages import ActionChunk

_EPSILON = 1e-9
"""Of a row; times are sums of steps and miss a row's time by rounding."""


@dataclass(frozen=True)
class Playback:
    """A chunk whose row 0 belongs to the moment it was asked at.

    Attributes:
        chunk: The rows.
        begin_s: When it was asked for, on the clock [s].
    """

    chunk: ActionChunk
    begin_s: float

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

    def index(self, now: float) -> int:
        """The row that has begun last."""
        return min(int((now - self.begin_s) / self.chunk.dt + _EPSILON), len(self.chunk.rows) - 1)

    def row(self, now: float) -> Float[np.ndarray, " A"]:
        """The row of this moment, between the two that stand around it."""
        rows = self.chunk.rows
        at = min((now - self.begin_s) / self.chunk.dt, len(rows) - 1.0)
        before = min(int(at), len(rows) - 1)
        after = min(before + 1, len(rows) - 1)
        return rows[before] + (at - before) * (rows[after] - rows[before])
