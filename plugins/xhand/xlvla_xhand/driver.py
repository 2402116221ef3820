"""XHandDriver: the XHAND1 in radians, over RS485 or through the maker's package.

One frame commands twelve joints and is answered with the state of the whole hand, so a command is
a read, too: `read` after `command` gives the answer that came with it while that is fresh.

Source: the maker's package `xhand_controller` 1.1.7 (jefferzn2001/XhandControl@f244afd) as
observed, and its headers 0.10.3 (yoimika/xhand_control_python@b61a82d).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from xlvla_sdk import ArmSpec, HandSpec
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Counts,
    Driver,
    HelperProcess,
    Identity,
    JointState,
    SerialPort,
    checked_target,
    single_precision,
)
from xlvla_sdk.errors import DriverError
from xlvla_xhand import frames
from xlvla_xhand.frames import BAUD, Gains, Mode
from xlvla_xhand.reply import HandReply
from xlvla_xhand.rs485 import Rs485Hand
from xlvla_xhand.sdk import FAR_SIDE, INSTALL, SdkHand
from xlvla_xhand.settings import Settings
from xlvla_xhand.wire import HandWire

FRESH_S = 0.015
"""A posture that came with a command is what `read` gives for this long [s], most of a cycle."""
RECENT_S = 0.1
"""A hand stopped within this time of its last answer is held there at once [s]."""
STEP_S = 0.1
"""After silence a target further away than a joint moves in this time is a jump [s]."""
MOVING_BOARDS = (0, 1)
"""Boards that must be well before a joint moves; a fingertip's may fail and the joint still move."""
LIMP_AFTER = 2
"""Answers in a row that must say that a joint is powerless: one may be older than its command."""


def serial_port(address: Address) -> SerialPort:
    """The port of an address."""
    return SerialPort.at(address, BAUD)


class XHandDriver(Driver):
    """One XHAND1.

    The hand cannot be read without being commanded. Opening it reads with a powerless command, so
    that its joints are limp from then on, until the first `command` or `hold`; the option
    `open=hold` takes hold of them right away, 9 ms later. A hand that this driver has not powered
    stays limp when it is stopped. The hand has no watchdog: it stays at its last target.

    After an exchange that failed the hand may have restarted. The next call takes the posture anew,
    with a powerless command; a `command` to somewhere else is refused then.

    Args:
        spec: Which side.
        address: `serial:/dev/ttyUSB0`, or through the maker's package `sdk:/dev/ttyUSB0` (RS485)
            and `sdk://enp3s0` (EtherCAT); `Settings` has the options.
        connect: Gives the line of an address.
        now: Gives the time [s].

    Attributes:
        reply: The last answer as it came, with what has no SI unit; None before the first.

    Raises:
        DriverError: An address of another wire, or with an option that cannot be.
    """

    bauds = (BAUD,)  # it has one

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        address: Address | None = None,
        connect: Connect = serial_port,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(f"{spec.id} needs an address. Write one such as serial:/dev/ttyUSB0.")
        self.reply: HandReply | None = None
        self._who = f"{spec.id} at {address.place}"
        self._settings = Settings.of(address)
        self._hand = _wire(self._settings, connect, self._who)
        self._now = now
        self._lower, self._upper = single_precision(*spec.limits)
        self._identity: Identity | None = None
        self._told: np.ndarray | None = None  # what a read sends again; None: powerless
        self._powered = self._lost = self._unread = False
        self._state: JointState | None = None
        self._limp_answers = 0

    def open(self) -> None:
        """Finds the hand, checks its side, and measures its posture; nothing moves.

        Raises:
            DriverError: No hand, another hand, or the other side.
        """
        try:
            identity = self._hand.open()
            if identity.side is not self.spec.side:
                raise DriverError(
                    f"{self._who}: there is a {identity.side} hand (serial number "
                    f"{identity.serial}), not a {self.spec.side} one. Name xhand:{identity.side}, "
                    "or give the address of the other hand."
                )
            self._identity = identity
            self._exchange(None)
            if self._settings.opens_held:
                self.hold()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the line; the hand keeps its last target."""
        self._identity = None
        self._hand.close()

    @property
    def counts(self) -> Counts:
        """What happened on RS485; the maker's package does not count."""
        return self._hand.counts

    def identity(self) -> Identity:
        """Side, serial number and the palm board's version; the hand does not say its model."""
        return self._identity or Identity()

    def read(self) -> JointState:
        """The measured joints, motor temperatures [deg C], touch in the sensors' counts, faults.

        `touch` has `<finger>_tip`, a resulting force (3,), and `<finger>_cells` (120, 3): x, y
        and z in counts, whose newtons are not published. The last command is sent again for it.
        """
        self._check_open()
        state, unread, self._unread = self._state, self._unread, False
        if state is None or not unread or self._age() >= FRESH_S:
            state = self._exchange(self._told)
            self._unread = False
        return state

    def command(self, qpos: np.ndarray) -> None:
        """Sends targets [rad] to all joints.

        Raises:
            LimitViolation: Not finite, or outside the limits; nothing was sent.
            DriverError: No answer; another number of joints; before the first motion, a fault.
        """
        self._check_open()
        target = checked_target(self.spec, qpos)
        self._check_ready(target)
        self._exchange(self._within(target))

    def hold(self) -> None:
        """Stays at the measured posture, powered; where that is outside the limits, at them."""
        self._check_open()
        self._exchange(self._within(self.read().qpos))

    def stop(self) -> None:
        """Holds where the hand was measured last, then where its answer says that it is.

        Nothing is sent to a hand that this driver has not powered since it was opened: it is limp.

        Raises:
            DriverError: It does not answer; the frame was sent all the same.
        """
        if self._identity is None or not self._powered:
            return
        if not self._lost and self._age() > RECENT_S:
            # nobody streams: it is no longer where it was measured, and a read costs one frame
            with suppress(DriverError):
                self._exchange(self._told)
        self._exchange(self._where_it_was())
        self._exchange(self._where_it_was())

    def release(self) -> None:
        """Makes all joints powerless."""
        self._check_open()
        self._exchange(None)

    def zero_touch(self) -> None:
        """Makes what the fingertips feel now their zero; touch nothing meanwhile."""
        self._check_open()
        for finger in range(frames.FINGERS):
            self._hand.zero_touch(finger)

    def _exchange(self, target: np.ndarray | None) -> JointState:
        """Sends targets [rad], or lets go of all joints (None); what the hand answers."""
        self._powered = self._powered or target is not None  # Ctrl-C may come before the answer
        told = _LIMP if target is None else (target, self._settings.gains, Mode.POSITION)
        try:
            reply = self._hand.move(*told)
        except DriverError:
            self._told, self._lost, self._unread = None, True, False
            raise
        self.reply, self._told, self._lost = reply, target, False
        self._powered = self._unread = target is not None
        self._state = JointState(
            qpos=reply.position,
            time_s=self._now(),
            temperature=reply.temperature,
            touch=reply.touch,
            faults=self._faults(reply),
            alarms=reply.alarms(self.spec.joints, MOVING_BOARDS),
        )
        return self._state

    def _faults(self, reply: HandReply) -> tuple[str, ...]:
        limp = self._powered and bool((reply.mode == Mode.POWERLESS).any())
        self._limp_answers = self._limp_answers + 1 if limp else 0
        faults = reply.faults(self.spec.joints)
        return faults if self._limp_answers < LIMP_AFTER else faults + reply.limp(self.spec.joints)

    def _within(self, qpos: np.ndarray) -> np.ndarray:
        return np.clip(qpos.astype(np.float32), self._lower, self._upper)

    def _where_it_was(self) -> np.ndarray:
        assert self._state is not None, "an open hand was measured"
        return self._within(self._state.qpos)

    def _age(self) -> float:
        then = self._state.time_s if self._state is not None else None
        return float("inf") if then is None else self._now() - then

    def _check_open(self) -> None:
        if self._identity is None:
            raise DriverError(f"{self._who} is not open. Use the driver in a `with` block.")

    def _check_ready(self, target: np.ndarray) -> None:
        """The hand stands near where it is told to go, and before it begins nothing is wrong."""
        if self._lost:
            self._check_near(target)
        if self._powered or self.reply is None:
            return
        if faults := self.reply.faults(self.spec.joints, MOVING_BOARDS):
            raise DriverError(
                f"{self._who}: it does not begin to move while something is wrong: "
                f"{'; '.join(faults)}. Nothing was sent."
            )

    def _check_near(self, target: np.ndarray) -> None:
        """After silence: measures without power, for who restarted lies where its fingers fell."""
        there = self._exchange(None).qpos
        far = np.abs(target - there) / self.spec.velocity_limits
        worst = int(far.argmax())
        if far[worst] > STEP_S:
            self._lost = True
            raise DriverError(
                f"{self._who}: it did not answer before, and may have restarted: "
                f"'{self.spec.joints[worst]}' is at {there[worst]:.2f} rad, told was "
                f"{target[worst]:.2f}. It was not sent, the hand is powerless. Call read or hold, "
                "and start from what it measures."
            )


_LIMP = (np.zeros(frames.JOINTS, np.float32), Gains(0, 0, 0, 0), Mode.POWERLESS)


def _wire(settings: Settings, connect: Connect, who: str) -> HandWire:
    address = settings.address
    if address.wire == "sdk":
        helper = HelperProcess.at(address, FAR_SIDE, who, INSTALL)
        return SdkHand(helper, address.place, settings.hand, who, settings.timeout_s)
    return Rs485Hand(connect(address), settings.hand, who, settings.timeout_s)
