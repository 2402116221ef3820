"""Readings: joint states that can be; the wire has no checksum of its own."""

from __future__ import annotations

import math
import time

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DriverError
from xlvla_xarm.controller import Controller

FASTEST = 4.0
"""No joint moves faster [rad/s]; a reading that says so is taken again. Vendor: 3.14."""
SLACK = 0.1
"""A reading may differ from the last by this much anyway [rad]."""
TURN = 2.0 * math.pi


class Readings:
    """Reads a box, and compares each posture with the one before.

    Args:
        box: The control box.
    """

    def __init__(self, box: Controller) -> None:
        self._box = box
        self._last: tuple[np.ndarray, float] | None = None  # posture, and when it was asked for [s]

    def forget(self) -> None:
        """The next reading is the first again: it is checked by a second."""
        self._last = None

    def measure(self) -> Float[np.ndarray, "3 7"]:
        """Positions [rad], velocities [rad/s], efforts; one that cannot be is asked for again."""
        before, since = self._last or self._first()
        for again in (False, True):
            asked_s = time.monotonic()  # when it was measured nobody says: then at the earliest
            states = self._box.joint_states()
            if _possible(states[0], before, time.monotonic() - since):
                self._last = (states[0], asked_s)
                self._box.counts.recovered += again
                return states
            self._box.counts.refused += 1
        self.forget()
        raise DriverError(
            f"{self._box.who}: two readings make no sense after the one before, the last being "
            f"{np.round(states[0], 2)} rad. Read again; if it stays so, restart the control box."
        )

    def _first(self) -> tuple[np.ndarray, float]:
        asked_s = time.monotonic()
        return self._box.joint_states()[0], asked_s


def _possible(position: np.ndarray, before: np.ndarray, dt: float) -> bool:
    """Whether joints can stand where a reading says, after where they stood."""
    there = np.abs(position).max() <= TURN + SLACK
    return bool(there and (np.abs(position - before) <= FASTEST * dt + SLACK).all())
