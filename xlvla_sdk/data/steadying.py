"""Steady: an episode's rows at another rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.importing import resampled


@dataclass(frozen=True)
class Steady:
    """An episode's instants at another rate: times between the recorded rows, and nearest rows."""

    rows: int
    nearest: np.ndarray | None
    from_s: np.ndarray
    times: np.ndarray

    @staticmethod
    def of(episode: Episode, fps: float, rate_hz: float) -> Steady:
        from_s = np.arange(len(episode)) / fps
        if fps == rate_hz:
            return Steady(len(episode), None, from_s, from_s)
        times = np.arange(int(np.floor(from_s[-1] * rate_hz + 1e-6)) + 1) / rate_hz
        nearest = np.rint(times * fps).astype(int)
        nearest[-1] = len(episode) - 1  # whatever marks the end is in the last row
        return Steady(len(times), nearest, from_s, times)

    def numbers(self, values: np.ndarray) -> np.ndarray:
        return values if self.nearest is None else resampled(values, self.from_s, self.times)

    def column(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return values if self.nearest is None else values.take(pa.array(self.nearest))

    def texts(self, values: list[str]) -> list[str]:
        return values if self.nearest is None else [values[k] for k in self.nearest]
