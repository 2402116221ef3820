"""XArm7Driver: servo mode of the UFACTORY xArm 7, through the maker's SDK."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_sdk import ArmSpec
from xlvla_sdk.drivers import Address, Counts, Driver, Identity, JointState
from xlvla_sdk.errors import DriverError
from xlvla_xarm import codes
from xlvla_xarm.controller import Controller
from xlvla_xarm.model import Model
from xlvla_xarm.readings import Readings
from xlvla_xarm.report import Report

logger = logging.getLogger(__name__)


class XArm7Driver(Driver):
    """Streams joint targets at 100 to 250 Hz in servo mode.

    Opening connects and reads; motors and brakes stay as they are until the first command, which
    enables the motors, switches to servo mode and begins at the measured posture. Errors that stand
    are refused, in words, and cleared only with the option `clear=1`. The box has no watchdog: when
    commands cease the arm rests at the last target.

    Readings: velocity [rad/s] and estimated torque [N m] with every reading (None where the box is
    set to tell currents instead), temperature [deg C] and current [A] from a report of 5 Hz.

    Args:
        spec: The arm.
        address: `tcp://HOST[:502]`, options `clear=1`, `load=KG,X,Y,Z` (what the flange carries,
            its centre in mm), `report` (port, 30002; 0 for none), `timeout` [s].
        connect: Gives the control box of an address.

    Source: xArm-Developer/xArm-Python-SDK 1.18.4, `doc/api/xarm_api.md` and the servo guide beside it.
    """

    def __init__(
        self,
        spec: ArmSpec,
        address: Address | None = None,
        connect: Callable[[Address], Controller] = Controller,
    ) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(f"{spec.id}: give its address, such as tcp://192.168.1.200.")
        address.only("clear", "load", "report", "timeout")
        self._clear = address.flag("clear")
        self._load = _load(address)
        self._box = connect(address)
        self._readings = Readings(self._box)
        self._arm: Model | None = None  # while it is open
        self._target: np.ndarray | None = None  # the last one; None before the arm is taken
        self._taken = False  # by this driver, since it was opened

    @property
    def counts(self) -> Counts:
        """What happened on the command port."""
        return self._box.counts

    def open(self) -> None:
        """Connects, checks that it is the right arm without an error, and reads its posture."""
        try:
            box = self._box
            box.open()
            self._arm = Model.recognise(self.spec, box.who, box.axes, box.kind, box.serial)
            self._refuse_errors()
            self._readings.measure()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Disconnects; the arm stays as it is. Never raises."""
        self._arm = self._target = None
        self._taken = False
        self._readings.forget()
        self._box.close()

    def identity(self) -> Identity:
        """Model, the arm's serial number, the box's firmware; an arm has no side."""
        if self._arm is None:
            return Identity()
        firmware = ".".join(map(str, self._box.firmware))
        return Identity(self._arm.name, None, self._box.serial, firmware)

    def read(self) -> JointState:
        """Measured joints; what stands in `faults` is in words."""
        now = time.monotonic()
        position, velocity, effort = self._readings.measure()
        report = self._box.report()
        return JointState(
            position,
            now,
            velocity=velocity,
            torque=None if report is not None and report.effort_is_current else effort,
            temperature=None if report is None else report.temperature,
            current=None if report is None else report.current,
            faults=self._faults(report),
            alarms=() if report is None else codes.alarm_words(self.spec.joints, report.servo),
        )

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target; the first after opening, a stop or an error takes the arm.

        Raises:
            LimitViolation: Not finite, outside the arm's limits, or a jump; nothing was sent.
            DriverError: The arm has an error, was stopped by somebody else, or does not answer.
        """
        arm = self._opened()
        arm.check(qpos)
        if self._target is None:
            self._target = self._take(arm)
        arm.check_step(qpos, self._target)
        self._send(np.array(qpos, dtype=float))

    def hold(self) -> None:
        """Stays at the measured posture, powered."""
        arm = self._opened()
        if self._target is None:
            self._target = self._take(arm)  # which begins there
        else:
            self._send(arm.standing(self._readings.measure()[0]))

    def stop(self) -> None:
        """State 4: the box halts the arm and holds it, powered, until the next command.

        The frame goes out first, whatever else is under way; then the box must say that it stands.
        Nothing is sent to an arm that this driver has not moved or held since it was opened.
        """
        if self._taken:
            self._halt()

    def release(self) -> None:
        """Stops, then leaves servo mode, so that another program finds the arm as usual."""
        self._opened()
        self._halt()
        self._box.leave_servo_mode()
        self._taken = False

    def _halt(self) -> None:
        self._target = None
        self._box.stop_at_once()
        self._box.stop()

    def _opened(self) -> Model:
        if self._arm is None:
            raise DriverError(f"{self._box.who}: is not open. Use the driver in a `with` block.")
        return self._arm

    def _refuse_errors(self) -> None:
        error, warning = self._box.errors()
        if (error or warning) and self._clear:
            told = [codes.error_words(error)] * bool(error)
            told += [codes.warning_words(warning)] * bool(warning)
            logger.warning("%s: clearing %s.", self._box.who, " and ".join(told))
            self._box.clear()
            error, _ = self._box.errors()
        if error:
            raise DriverError(f"{self._box.who}: {self._box.stands(error)}")

    def _take(self, arm: Model) -> np.ndarray:
        """Motors on, servo mode, and the measured posture as the first target, which it returns."""
        if error := self._box.errors()[0]:
            raise DriverError(f"{self._box.who}: {self._box.stands(error)}")
        here = arm.standing(self._readings.measure()[0])
        logger.info("%s: enabling motors and servo mode.", self._box.who)
        self._taken = True
        self._box.take()
        if self._load is not None:
            self._box.set_load(self._load[0], self._load[1:])
        self._box.servo(here)
        return here

    def _send(self, qpos: np.ndarray) -> None:
        try:
            self._box.servo(qpos)
        except DriverError:
            self._target = None  # whatever it was, the next command begins anew
            raise
        self._target = qpos

    def _faults(self, report: Report | None) -> tuple[str, ...]:
        error, warning = self._box.trouble()
        told = [codes.error_words(error)] * bool(error)
        told += [codes.warning_words(warning)] * bool(warning)
        if report is not None:
            told += codes.motor_words(self.spec.joints, report.servo)
        return tuple(told)


def _load(address: Address) -> tuple[float, ...] | None:
    text = address.options.get("load")
    if text is None:
        return None
    try:
        load = tuple(float(number) for number in text.split(","))
        if len(load) != 4 or not np.isfinite(load).all() or not 0.0 <= load[0] <= 10.0:
            raise ValueError(text)
    except ValueError as error:
        raise DriverError(
            f"{address}: 'load' is {text!r}. Write the hand's mass [kg] and its centre in the flange "
            "[mm], as load=0.6,0,0,70."
        ) from error
    return load
