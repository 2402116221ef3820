"""EmulatedJoints: motors that follow their targets, in the device's own units."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

LAG_S = 0.03
"""Time constant of a joint [s]; a choice, of the order of a hand motor's position loop."""
KEPT = 8192
"""How many entries of each kind a record keeps."""


@dataclass(frozen=True)
class JointRecord:
    """What happened to joints, the newest last; another thread may copy it at any time.

    Attributes:
        stood: When somebody looked [s], and where they stood.
        told: When they were told something [s], the target, and where they stood.
    """

    stood: deque[tuple[float, np.ndarray]] = field(default_factory=lambda: deque(maxlen=KEPT))
    told: deque[tuple[float, np.ndarray, np.ndarray]] = field(
        default_factory=lambda: deque(maxlen=KEPT)
    )


class EmulatedJoints:
    """First order, no faster than the device, never beyond its ends; it notes what it must not be told.

    Any unit, the same throughout: an emulated device has its wire's.

    Args:
        lower: Least position that may be commanded.
        upper: Greatest.
        speed: Greatest speed [unit/s].
        start: Where the joints stand; the middle when left out.
        lag_s: Time constant [s].

    Attributes:
        target: What they were told last, within the limits, or where they were halted.
        speed: As given.
        stuck: Joints, by their index, that do not move whatever they are told.
        violations: Commands outside the limits, in words; a test expects none.
        largest_step: The furthest that a target ever was from where its joint stood, as a part of
            the range: how far anything could have jumped.
        record: What happened, for those who put a record here.
    """

    def __init__(
        self,
        lower: Sequence[float] | np.ndarray,
        upper: Sequence[float] | np.ndarray,
        speed: float | np.ndarray,
        start: Sequence[float] | np.ndarray | None = None,
        lag_s: float = LAG_S,
    ) -> None:
        self.lower = np.asarray(lower, dtype=float)
        self.upper = np.asarray(upper, dtype=float)
        self.speed = np.broadcast_to(np.asarray(speed, dtype=float), self.lower.shape).copy()
        middle = 0.5 * (self.lower + self.upper)
        self._position = np.array(middle if start is None else start, dtype=float)
        self.target = self._position.copy()
        self.lag_s = lag_s
        self._time_s: float | None = None
        self.stuck: set[int] = set()
        self.violations: list[str] = []
        self.largest_step = 0.0
        self.record: JointRecord | None = None

    def command(self, target: Sequence[float] | np.ndarray, now: float) -> None:
        """Sets targets; NaN leaves a joint's as it was. What is outside the limits is noted."""
        wanted = np.asarray(target, dtype=float)
        position = self.position(now)
        told = ~np.isnan(wanted)
        outside = told & ((wanted < self.lower - 1e-9) | (wanted > self.upper + 1e-9))
        for joint in np.flatnonzero(outside):
            self.violations.append(f"joint {joint} was told {wanted[joint]:g}")
        steps = np.abs(wanted - position)[told] / (self.upper - self.lower)[told]
        self.largest_step = max(self.largest_step, float(steps.max(initial=0.0)))
        self._aim(np.where(told, np.clip(wanted, self.lower, self.upper), self.target), now)

    def halt(self, now: float) -> None:
        """Stands still at once."""
        self._aim(self.position(now).copy(), now)

    def place(self, position: Sequence[float] | np.ndarray) -> None:
        """Puts the joints somewhere, as somebody's hand does; they stay there."""
        self._position = np.array(position, dtype=float)
        self.target = self._position.copy()

    def position(self, now: float) -> Float[np.ndarray, " D"]:
        """Where the joints stand at a time [s] that never goes backwards."""
        dt = 0.0 if self._time_s is None else max(0.0, now - self._time_s)
        self._time_s = now if self._time_s is None else max(now, self._time_s)
        error = self.target - self._position
        full_s = np.clip((np.abs(error) - self.speed * self.lag_s) / self.speed, 0.0, dt)
        left = error - np.sign(error) * self.speed * full_s
        moved = self.target - left * np.exp(-(dt - full_s) / self.lag_s)
        free = np.array([joint not in self.stuck for joint in range(len(moved))])
        self._position = np.where(free, moved, self._position)
        if self.record is not None:
            self.record.stood.append((self._time_s, self._position))
        return self._position

    @property
    def goal(self) -> Float[np.ndarray, " D"]:
        """Where the joints come to rest if they are told nothing more."""
        free = np.array([joint not in self.stuck for joint in range(len(self.target))])
        return np.where(free, self.target, self._position)

    def moving(self, now: float, within: float = 0.02) -> np.ndarray:
        """Which joints are further from their targets than this part of their range."""
        gap = np.abs(self.target - self.position(now))
        return gap > within * (self.upper - self.lower)

    def _aim(self, target: np.ndarray, now: float) -> None:
        self.target = target
        if self.record is not None:
            self.record.told.append((now, target, self._position))
