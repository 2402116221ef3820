"""EpisodeReport: what happened in an episode, and its motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DataError
from xlvla_sdk.messages import Recording
from xlvla_sdk.policy.columns import column_names
from xlvla_sdk.specs import Embodiment


@dataclass(frozen=True)
class EpisodeReport:
    """An episode that ended as it should.

    Attributes:
        embodiment: The body that moved.
        final: Whether the policy said that the episode was over; else the time was.
        rows_played: Rows of the policy that were begun.
        rows_dropped: Rows that passed while their answer travelled.
        chunks: Answers that were played.
        ran_dry: How often a chunk ended before the next one came.
        holds: How often nothing new came within the watchdog time, or a picture was too old.
        failures: Questions that failed and were asked again.
        limits_touched: Commands that asked for more than a velocity limit.
        clipped: Commands that were clipped to the position limits.
        outside: Readings with a joint outside its limits, taken to be at the limit.
        out_of_reach: Commands in which an arm stayed off what a row asks, by more than 5 mm or 3 degrees.
        position_off: The furthest that a pinch point (an arm alone: its flange) stayed off [m].
        rotation_off: The furthest that a palm was turned off [rad].
        period_p50_error_s: How far the time between two commands was from the period, median [s].
        period_p99_error_s: The same, 99th percentile [s].
        worst_period_error_s: The same, the furthest [s].
        chunk_ages_s: How old each answer was when it came [s].
        outdated: Answers that were older than their horizon and were not played.
        frame_age_s: The oldest picture of a camera that was looked at [s]; 0 without cameras.
        time_s: Seconds since the episode's first row.
        qpos: Measured [rad, m], a row for each period.
        targets: What was asked of the drivers [rad, m].
    """

    embodiment: Embodiment
    final: bool
    rows_played: int
    rows_dropped: int
    chunks: int
    ran_dry: int
    holds: int
    failures: int
    limits_touched: int
    clipped: int
    outside: int
    out_of_reach: int
    position_off: float
    rotation_off: float
    period_p50_error_s: float
    period_p99_error_s: float
    worst_period_error_s: float
    chunk_ages_s: tuple[float, ...]
    outdated: int
    frame_age_s: float
    time_s: Float[np.ndarray, " T"]
    qpos: Float[np.ndarray, "T D"]
    targets: Float[np.ndarray, "T D"]

    def recording(self) -> Recording:
        """The motion: `qpos` measured, `action` as it was asked of the drivers.

        Raises:
            DataError: When the episode ended before its first row.
        """
        if len(self.time_s) == 0:
            raise DataError(f"{self.embodiment.name}: the episode has no rows to record.")
        names = column_names(self.embodiment)
        return Recording(self.qpos, self.targets, names, self.time_s, self.embodiment.name)

    def to_json(self) -> dict[str, Any]:
        """The facts without the motion."""
        return {
            "embodiment": self.embodiment.name,
            "final": self.final,
            "duration_s": float(self.time_s[-1]) if len(self.time_s) else 0.0,
            "rows_played": self.rows_played,
            "rows_dropped": self.rows_dropped,
            "chunks": self.chunks,
            "ran_dry": self.ran_dry,
            "holds": self.holds,
            "failures": self.failures,
            "limits_touched": self.limits_touched,
            "clipped": self.clipped,
            "outside": self.outside,
            "out_of_reach": self.out_of_reach,
            "position_off": self.position_off,
            "rotation_off": self.rotation_off,
            "period_p50_error_s": self.period_p50_error_s,
            "period_p99_error_s": self.period_p99_error_s,
            "worst_period_error_s": self.worst_period_error_s,
            "chunk_ages_s": list(self.chunk_ages_s),
            "outdated": self.outdated,
            "frame_age_s": self.frame_age_s,
        }
