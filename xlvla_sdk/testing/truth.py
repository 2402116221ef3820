"""Truth: where an emulated device's joints stood while it was read."""

from __future__ import annotations

import time

import numpy as np
from jaxtyping import Float

from xlvla_sdk.testing.emulator import Emulator
from xlvla_sdk.testing.joints import JointRecord

AGE_S = 0.06
"""How old a reading may be [s]: some drivers give what came a moment ago, some devices a stream."""
TOLERANCE = 4e-3
"""How far from the truth a reading may be [rad]: the coarsest wire counts in 1.7 mrad."""


class Truth:
    """Keeps what an emulated device's joints did, from when it is made on.

    Args:
        emulator: The device.
        age_s: How old a reading may be [s].
        tolerance: How far off [rad].
    """

    def __init__(
        self, emulator: Emulator, age_s: float = AGE_S, tolerance: float = TOLERANCE
    ) -> None:
        self.record = emulator.joints.record = JointRecord()
        self._emulator = emulator
        self._age_s = age_s
        self._tolerance = tolerance

    def wrong(self, qpos: Float[np.ndarray, " D"], asked_s: float) -> str | None:
        """What is wrong with a reading that was asked for at a time [s] and is there now.

        A reading is right when each joint is where it stood at some time between then and now, or a
        little before; None for a right one.
        """
        until = time.monotonic()
        if np.shape(qpos) != (len(self._emulator.spec.joints),) or not np.isfinite(qpos).all():
            return f"is no posture: {qpos}"
        low, high = self.between(asked_s, until)
        off = np.maximum(low - qpos, qpos - high)
        at = int(off.argmax())
        if off[at] <= self._tolerance:
            return None
        return (
            f"'{self._emulator.spec.joints[at]}' was read at {qpos[at]:.4f} rad and stood between "
            f"{low[at]:.4f} and {high[at]:.4f}"
        )

    def between(
        self, begin_s: float, end_s: float
    ) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]]:
        """The least and the greatest of where the joints stood from a time to another [s].

        The age that a reading may have counts as a part of that time.
        """
        stood = self._stood(begin_s - self._age_s, end_s)
        return stood.min(axis=0), stood.max(axis=0)

    def _stood(self, begin_s: float, end_s: float) -> Float[np.ndarray, "N D"]:
        found, before = [], None
        for when_s, position in reversed(list(self.record.stood)):
            if when_s < begin_s:
                before = position
                break
            if when_s <= end_s:
                found.append(position)
        if before is not None:
            found.append(before)
        assert found, "nobody has looked at the joints yet"
        return np.array([self._emulator.qpos(position) for position in found])
