"""EpisodeReport: what happened in an episode, and its motion."""

from __future__ import annotations

from dataclasses import dataclass, field
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
        holds: How often nothing new came within the watchdog time.
        limits_touched: Commands that asked for more than a velocity limit.
        clipped: Commands that were clipped to the position limits.
        worst_period_error_s: The furthest a period was from what it should have been [s].
        chunk_ages_s: How old each answer was when it came [s].
        outdated: Answers that were older than their horizon and were not played.
        time_s: Seconds since the episode's first row.
        qpos: Measured [rad, m], a row for each period.
        targets: What was asked of the drivers [rad, m].
    """

    embodiment: Embodiment
    final: bool
    rows_played: int
    rows_dropped: int
    holds: int
    limits_touched: int
    clipped: int
    worst_period_error_s: float
    chunk_ages_s: tuple[float, ...]
    outdated: int
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
            "holds": self.holds,
            "limits_touched": self.limits_touched,
            "clipped": self.clipped,
            "worst_period_error_s": self.worst_period_error_s,
            "chunk_ages_s": list(self.chunk_ages_s),
            "outdated": self.outdated,
        }


@dataclass
class EpisodeLog:
    """What is noted while an episode runs.

    Attributes:
        begin_s: When its first row was due, on the clock [s]; None before.
    """

    begin_s: float | None = None
    rows_played: int = 0
    rows_dropped: int = 0
    holds: int = 0
    times: list[float] = field(default_factory=list)
    qpos: list[np.ndarray] = field(default_factory=list)
    targets: list[np.ndarray] = field(default_factory=list)

    def begin(self, begin_s: float) -> None:
        """The first row is played: of what was noted before only the latest posture stays."""
        self.begin_s = begin_s
        del self.times[:-1], self.qpos[:-1]
        self.targets.clear()

    def measured(self, now: float, qpos: Float[np.ndarray, " D"]) -> None:
        """Notes where the body is."""
        self.times.append(now)
        self.qpos.append(qpos)

    def asked(self, target: Float[np.ndarray, " D"]) -> None:
        """Notes what the drivers were told in the same period."""
        self.targets.append(target)

    def history(self, now: float, count: int, dt: float) -> Float[np.ndarray, "K D"]:
        """Measured postures at `count` moments `dt` apart, the last of them now.

        Before the first one noted, the first is repeated.
        """
        moments = now - dt * np.arange(count - 1, -1, -1)
        noted = np.stack(self.qpos)
        return np.stack([np.interp(moments, self.times, column) for column in noted.T], axis=-1)

    def motion(self, joints: int) -> dict[str, np.ndarray]:
        """`time_s`, `qpos` and `targets` of an `EpisodeReport`."""
        if self.begin_s is None:
            return {
                "time_s": np.zeros(0),
                "qpos": np.zeros((0, joints)),
                "targets": np.zeros((0, joints)),
            }
        return {
            "time_s": np.array(self.times) - self.times[0],
            "qpos": np.array(self.qpos),
            "targets": np.array(self.targets),
        }
