"""Motion: what a body did in an episode, and the rows that it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.importing import GAP_S, resampled
from xlvla_sdk.errors import DataError

COMMANDS_HZ = 50.0
"""Postures are measured, and commands sent, at least so often; see `periods_hz`."""


@dataclass(frozen=True)
class Motion:
    """What a body did, period by period.

    Attributes:
        time_s: When each posture was measured, the first at 0 [s].
        qpos: Measured postures [rad, m].
        targets: What the drivers were told in the same period [rad, m]; None where nobody told them
            anything, since a hand moved the body.
    """

    time_s: Float[np.ndarray, " T"]
    qpos: Float[np.ndarray, "T D"]
    targets: Float[np.ndarray, "T D"] | None

    def rows(self, fps: float) -> tuple[Float[np.ndarray, "N D"], Float[np.ndarray, "N D"]]:
        """State and action at `fps` rows a second.

        The state is what was measured, the action what was commanded at that moment. Where nobody
        commanded, the action is the posture measured one row later: what a position controller
        would have to be told; the last row, which has no later one, is left out.

        Raises:
            DataError: Fewer than two rows, or a gap between two periods that is not bridged.
        """
        steps = np.diff(self.time_s)
        if len(steps) and steps.max() > GAP_S:
            at = int(steps.argmax())
            raise DataError(
                f"nothing was measured for {steps[at]:.2f} s, {self.time_s[at]:.1f} s from the "
                "beginning: this computer, or a device, was busy."
            )
        count = 0 if len(self.time_s) == 0 else rows_until(float(self.time_s[-1]), fps)
        if count < (2 if self.targets is not None else 3):
            raise DataError("it ended before there were two rows.")
        times = np.arange(count) / fps
        state = resampled(self.qpos, self.time_s, times)
        if self.targets is None:
            return state[:-1], state[1:]
        return state, resampled(self.targets, self.time_s, times)


def rows_until(seconds: float, fps: float) -> int:
    """How many rows are due in an episode that has lasted `seconds`, the first of them at 0."""
    return int(np.floor(seconds * fps + 1e-6)) + 1


def periods_hz(fps: float) -> float:
    """A rate of at least 50 Hz of which every n-th period is a row: nothing lies between two."""
    return fps * max(1.0, float(np.ceil(COMMANDS_HZ / fps)))
