"""SafeDriver: the one place that checks every command."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.messages import JointState

logger = logging.getLogger(__name__)

LONGEST_STEP_S = 0.1
"""A caller that paused longer than this gets no larger step for it [s]."""
TOUCHING_S = 1.0
"""How long without a break a device may be told to move faster than it can [s]."""


class SafeDriver(Driver):
    """Wraps a driver and checks what it is told.

    Not finite, or more than 5 mrad outside the limits: refused, and the device holds. Up to 5 mrad
    outside: clipped and counted. Faster than the velocity limit: moved towards the target at the
    limit and counted; after one second of it without a break the device holds and the command is
    refused.

    Args:
        driver: The device's own driver.
        now: Gives the time [s].

    Attributes:
        clipped: Commands that were clipped to the position limits.
        limits_touched: Commands that asked for more than the velocity limit.

    Raises:
        SpecError: When the spec knows no velocity limits.
    """

    def __init__(self, driver: Driver, now: Callable[[], float]) -> None:
        super().__init__(driver.spec, driver.address)
        self.driver = driver
        self.clipped = 0
        self.limits_touched = 0
        self._now = now
        self._speed = driver.spec.velocity_limits
        self._sent: np.ndarray | None = None  # the reference of the next step
        self._sent_s = 0.0
        self._touching_since: float | None = None

    def open(self) -> None:
        """Opens the wrapped driver."""
        self.driver.open()

    def close(self) -> None:
        """Closes the wrapped driver."""
        self.driver.close()

    def read(self) -> JointState:
        """What the wrapped driver measures."""
        return self.driver.read()

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Checks a target and sends it, or as much of the way as the velocity limit allows.

        The first command after opening, a hold or a stop starts from the measured posture.

        Args:
            qpos: Target [rad, m].

        Raises:
            LimitViolation: Not finite, too far outside the limits, or too fast for a second; the
                device holds.
            DriverError: Another number of joints than the device has.
        """
        target = self._within_limits(qpos)
        step = self._step_towards(target)
        touched = bool((np.abs(target - step) > 1e-9).any())
        self._count(touched)
        self._send(step)

    def approach(self, qpos: Float[np.ndarray, " D"]) -> bool:
        """One step towards a target at the velocity limit; call it every period.

        Unlike `command` it is meant for far targets and counts nothing as touched.

        Args:
            qpos: Target [rad, m].

        Returns:
            Whether the target itself was sent.

        Raises:
            LimitViolation: Not finite, or too far outside the limits; the device holds.
        """
        target = self._within_limits(qpos)
        step = self._step_towards(target)
        self._send(step)
        return bool((np.abs(target - step) <= 1e-9).all())

    def hold(self) -> None:
        """Stays at the measured posture, powered."""
        self._forget()
        self.driver.hold()

    def stop(self) -> None:
        """Stops the wrapped driver."""
        self._forget()
        self.driver.stop()

    def release(self) -> None:
        """Gives up control of the wrapped driver's device."""
        self.driver.release()

    def _within_limits(self, qpos: np.ndarray) -> np.ndarray:
        if np.shape(qpos) != (len(self.spec.joints),):
            raise DriverError(
                f"{self.spec.id}: a command has {np.size(qpos)} values, the device "
                f"{len(self.spec.joints)} joints. Nothing was sent."
            )
        try:
            self.spec.check_limits(qpos)
        except LimitViolation as error:
            self.hold()
            raise LimitViolation(
                f"{error.message} It was not sent; the device holds. "
                "Check that the codec was trained for this hand.",
                **error.values,
            ) from error
        within = np.clip(qpos, *self.spec.limits)
        self.clipped += int((within != qpos).any())
        return within

    def _step_towards(self, target: np.ndarray) -> np.ndarray:
        now = self._now()
        if self._sent is None:
            self._sent, self._sent_s = self.read().qpos, now
        reach = self._speed * min(now - self._sent_s, LONGEST_STEP_S)
        self._sent_s = now
        step = self._sent + np.clip(target - self._sent, -reach, reach)
        return np.clip(step, *self.spec.limits)  # the measured posture may stand outside

    def _count(self, touched: bool) -> None:
        if not touched:
            self._touching_since = None
            return
        self.limits_touched += 1
        if self.limits_touched == 1:
            logger.warning(
                "%s: was told to move faster than its velocity limit; it follows at the limit.",
                self.spec.id,
            )
        now = self._now()
        if self._touching_since is None:
            self._touching_since = now
        elif now - self._touching_since >= TOUCHING_S:
            self.hold()
            raise LimitViolation(
                f"{self.spec.id}: was told to move faster than its velocity limit for "
                f"{TOUCHING_S:g} s without a break. It holds. Play the motion more slowly."
            )

    def _send(self, qpos: np.ndarray) -> None:
        self.driver.command(qpos)
        self._sent = qpos

    def _forget(self) -> None:
        self._sent, self._touching_since = None, None
