"""SafeDriver: the one place that checks every command."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.drivers.targets import checked_size
from xlvla_sdk.drivers.thresholds import Thresholds, Watch
from xlvla_sdk.drivers.wrapping import WrappingDriver
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.leaving import heed
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import LIMIT_TOLERANCE

logger = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_STEP_S = 0.1
"""A caller that paused longer than this gets no larger step for it [s]."""
TOUCHING_S = 1.0
"""How long without a break a device may be told to move faster than it can [s]."""
HARDWARE_SPEED = 0.3
"""Part of the velocity limits that a real device may use unless told otherwise."""
MEASURED_TOLERANCE = 0.1
"""How far outside its limits a joint may be measured [rad, m]: noise, play, a zero that is a little
off. Further out the device is mounted or counted otherwise than its spec says."""


class SafeDriver(WrappingDriver):
    """Wraps a driver and checks what it is told.

    Not finite, or more than 5 mrad outside the limits: refused, and the device holds. Up to 5 mrad
    outside: clipped and counted. Faster than the velocity limit: moved towards the target at the
    limit and counted; after one second of it without a break the device holds and the command is
    refused. A reading above a threshold, or with an alarm of the device's own: the device holds, and
    the reading is an error. To hold is to stop: a device that was not moved is not taken for it.

    Args:
        driver: The device's own driver.
        now: Gives the time [s].
        speed: Part of the velocity limits that may be used, above 0 and up to 1; left out, 0.3 for
            a real device and 1 for a simulated one.
        thresholds: Of current and temperature; what they leave out is the driver's own.

    Attributes:
        clipped: Commands that were clipped to the position limits.
        limits_touched: Commands that asked for more than the velocity limit.
        outside: Readings with a joint outside its limits that `inside` brought within them.

    Raises:
        SpecError: When the spec knows no velocity limits.
        DriverError: When the speed is none.
    """

    def __init__(
        self,
        driver: Driver,
        now: Callable[[], float],
        speed: float | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        super().__init__(driver)
        self.speed = speed if speed is not None else 1.0 if driver.simulated else HARDWARE_SPEED
        if not 0.0 < self.speed <= 1.0:
            raise DriverError(f"a speed of {speed:g} is none. Give a part of 1, as in --speed 0.3.")
        self.thresholds = (thresholds or Thresholds()).over(driver.thresholds)
        self.clipped = 0
        self.limits_touched = 0
        self.outside = 0
        self._now = now
        self._watch = Watch(driver.spec, self.thresholds)
        self._faults: set[str] = set()  # that have been logged
        self._speed = self.speed * driver.spec.velocity_limits
        self._sent: np.ndarray | None = None  # the reference of the next step
        self._sent_s = 0.0
        self._touching_since: float | None = None

    @property
    def sent(self) -> Float[np.ndarray, " D"] | None:
        """What was sent last [rad, m], as far as the limits allowed; None since a hold or a stop."""
        return None if self._sent is None else self._sent.copy()

    def open(self) -> None:
        """Opens the wrapped driver."""
        self._name(self.driver.open)

    def read(self) -> JointState:
        """What the wrapped driver measures; a fault it speaks of is logged once.

        Raises:
            DriverError: A current or a temperature is above its threshold, or the device itself says
                that it must not be moved on; it holds.
        """
        state = self._name(self.driver.read)
        for fault in state.faults:
            if fault not in self._faults:
                logger.warning("%s: %s", self.spec.id, fault)
        self._faults = set(state.faults)
        words = "; ".join(state.alarms) or self._watch.exceeded(state, self._now())
        if words:
            self.stop()
            raise DriverError(
                f"{self.spec.id}: {words}. The device holds. Free what blocks it, let it cool, or "
                "set another threshold if the maker allows more."
            )
        return state

    def inside(self, measured: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
        """A measured posture within the limits, for those who take no other.

        Up to 0.1 rad outside is clipped; beyond the 5 mrad that everybody takes it is counted, and
        logged once.

        Args:
            measured: As read [rad, m].

        Raises:
            LimitViolation: Further outside than noise and mounting explain.
        """
        clipped = np.clip(measured, *self.spec.limits)
        away = np.abs(clipped - measured)
        if away.max(initial=0.0) <= LIMIT_TOLERANCE:
            return clipped
        self._require_near(measured)
        self.outside += 1
        if self.outside == 1:
            at = int(away.argmax())
            logger.warning(
                "%s: '%s' is measured %.3g rad outside its limits; it is taken to be at the limit.",
                self.spec.id,
                self.spec.joints[at],
                away[at],
            )
        return clipped

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
        heed()
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
        heed()
        target = self._within_limits(qpos)
        step = self._step_towards(target)
        self._send(step)
        return bool((np.abs(target - step) <= 1e-9).all())

    def hold(self) -> None:
        """Stays at the measured posture, powered."""
        self._forget()
        self._name(self.driver.hold)

    def stop(self) -> None:
        """Stops the wrapped driver."""
        self._forget()
        self._name(self.driver.stop)

    def release(self) -> None:
        """Stops the wrapped driver's device, then gives up control of it."""
        self.stop()
        self._name(self.driver.release)

    def _require_near(self, measured: np.ndarray) -> None:
        try:
            self.spec.check_limits(measured, MEASURED_TOLERANCE)
        except LimitViolation as error:
            raise LimitViolation(
                f"{error.message} That is where it is measured, and more than noise explains. Is it "
                "the device that the spec describes, and on this side? `xlvla calibrate` finds "
                "joints whose zero is off.",
                **error.values,
            ) from error

    def _within_limits(self, qpos: np.ndarray) -> np.ndarray:
        checked_size(self.spec, qpos)
        try:
            self.spec.check_limits(qpos)
        except LimitViolation as error:
            self.stop()
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
            self._require_near(self._sent)
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
                "%s: was told to move faster than its velocity limit%s; it follows at the limit.",
                self.spec.id,
                self._part,
            )
        now = self._now()
        if self._touching_since is None:
            self._touching_since = now
        elif now - self._touching_since >= TOUCHING_S:
            self.stop()
            raise LimitViolation(
                f"{self.spec.id}: was told to move faster than its velocity limit{self._part} for "
                f"{TOUCHING_S:g} s without a break. It holds. Play the motion more slowly"
                f"{', or raise --speed' if self.speed < 1.0 else ''}."
            )

    @property
    def _part(self) -> str:
        return "" if self.speed == 1.0 else f" times {self.speed:g}"

    def _send(self, qpos: np.ndarray) -> None:
        self._name(lambda: self.driver.command(qpos))
        self._sent = qpos

    def _forget(self) -> None:
        self._sent, self._touching_since = None, None

    def _name(self, ask: Callable[[], T]) -> T:
        """Asks the wrapped driver; an error that speaks of its line alone names the device too."""
        try:
            return ask()
        except DriverError as error:
            if self.spec.id in error.message:
                raise
            raise DriverError(f"{self.spec.id}: {error.message}", **error.values) from error
