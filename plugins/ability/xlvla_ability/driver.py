"""The Ability Hand on a serial line: one exchange a cycle, and a session that must be fed."""

from __future__ import annotations

import logging
import time

import numpy as np
from jaxtyping import Float

from xlvla_ability.exchange import Exchange
from xlvla_ability.frames import Feedback
from xlvla_ability.options import BAUD, Options
from xlvla_ability.readings import Readings
from xlvla_ability.units import LOWER, UPPER, WIRE_JOINTS, Wiring
from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Counts,
    Driver,
    Identity,
    JointState,
    Link,
    SerialPort,
    no_transport,
)
from xlvla_sdk.errors import DriverError

logger = logging.getLogger(__name__)

API_S = 0.3  # without a valid frame for so long the hand leaves API mode [s], ICD 3
FRESH_S = 0.01
"""How old the reply to a command may be to count as a reading of now [s]."""
ASTRAY = 2184  # [counts], 10 degrees
"""How far from its next target a hand may stand that went its own way in between."""


class AbilityDriver(Driver):
    """PSYONIC's Ability Hand by its extended interface, stuffed frames on UART or RS485.

    The hand obeys for 0.3 s after each frame, reads included; then it leaves API mode and may move
    by itself. So whoever has commanded it keeps calling `command` or `read` more often than that
    until `release()`. A session that was let run out is said: in `JointState.faults`, in the log,
    and by DriverError when the hand has meanwhile gone elsewhere than the next target.

    A reply comes with every command; `read()` within 10 ms after one returns it, so that a cycle
    of command and read is one exchange. Every reply is handed out once.

    Args:
        spec: The hand; the wire does not tell sides apart.
        address: `serial:PORT`; docs/devices/ability.md lists its options.
        connect: Opens the line; tests give their own.

    Raises:
        DriverError: For an address of another wire, or with an option that cannot be.

    Source:
        PSYONIC's interface control document (ICD) 1.8, section 3; start-up as in the maker's
        wrapper, psyonicinc/ability-hand-api at 34c9a9324d37, python/ah_wrapper.
    """

    bauds = (
        BAUD,
        921600,
        1000000,
        250000,
        230400,
        115200,
        76800,
        57600,
        56000,
        38400,
        31250,
        28800,
        19200,
        14400,
        9600,
        4800,
        2400,
        1200,
    )  # ICD table 7

    def __init__(
        self, spec: HandSpec, address: Address | None = None, connect: Connect | None = None
    ) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(f"{spec.id}: where is it? Give an address: serial:/dev/ttyUSB0.")
        if address.wire != "serial":
            raise no_transport(address, ("serial",))
        self.options = Options.of(address)
        self._connect = connect or (lambda at: SerialPort.at(at, self.options.baud))
        self._where = address
        self._wiring = Wiring(spec)
        self._readings = Readings(self._wiring, self.options)
        self._exchange: Exchange | None = None
        self._forget()

    def open(self) -> None:
        """Finds the hand with frames that move nothing, and reads how it stands.

        Raises:
            DriverError: No port, no answer, or an answer that is none of this hand's, with what
                to set.
        """
        if self._exchange is not None:
            return
        self._forget()
        transport = self._connect(self._where)
        transport.open()
        try:
            exchange = Exchange(transport, f"{self.spec.id} on {transport.name}", self.options)
            exchange.greet()
            self._readings.at_rest = exchange.look().touch
        except BaseException:  # Ctrl-C, too
            transport.close()
            raise
        self._exchange = exchange

    def close(self) -> None:
        """Closes the line. A hand that was commanded leaves API mode 0.3 s later."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.link.transport.close()
            self._forget()

    @property
    def link(self) -> Link:
        """What happens on the line; DriverError when the driver is not open."""
        return self._open().link

    @property
    def counts(self) -> Counts:
        """What happened on the line since the driver was opened."""
        return self._exchange.link.counts if self._exchange else Counts()

    def identity(self) -> Identity:
        """Its unique number; the hand tells neither model, side nor firmware.

        Asking may start API mode, which is left at once unless the driver commands the hand.
        """
        exchange = self._open()
        if self._serial is None:
            self._notice()
            self._serial = exchange.unique_id()
            if self._told is None:
                exchange.leave_api()
        return Identity(serial=self._serial)

    def read(self) -> JointState:
        """Positions, and by `reply` currents, velocities and touch.

        `touch` has each finger's six sites by its name [N], the maker's estimate, not calibrated:
        the change since opening, unless the address says `touch_zero=off`.
        """
        exchange = self._open()
        self._notice()
        fresh = self._unread and time.monotonic() - exchange.heard_s <= FRESH_S
        state = exchange.state if fresh else None
        self._unread = False
        state = state or exchange.look()
        faults = () if self._alone_s is None else (self._not_fed(),)
        return self._readings.joint_state(state, exchange.heard_s, faults)

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target; a session's first one after another that holds the measured posture.

        Raises:
            LimitViolation: Not finite, or outside the limits; nothing was sent.
            DriverError: Another number of joints; no answer; or the hand was not fed, went its own way, and stands more
                than 10 degrees from this target: it holds, and commands are refused until
                `hold()` or `stop()`.
        """
        counts = self._wiring.counts(qpos)
        if self._told is None:
            self._begin()
        elif self._ran_out():
            self._begin()
            self._astray = True
        self._refuse_a_jump(counts)
        self._tell(counts)

    def hold(self) -> None:
        """Stays at the measured posture, powered, for as long as the hand is fed."""
        self._astray = False
        if self._told is None or self._ran_out():
            self._begin()
        else:
            self._tell(_takeable(self._open().look()))

    def stop(self) -> None:
        """Holds at the last known posture at once, then at the one measured meanwhile.

        Does nothing to a hand that the driver has not commanded: it is not the driver's to stop.
        """
        self._astray = False
        if self._told is None:
            return
        state = self._open().state
        if self._ran_out() or state is None:
            self._begin()
        else:
            self._tell(_takeable(self._tell(_takeable(state))))

    def release(self) -> None:
        """Leaves API mode: the hand is its own again, and may move."""
        self._open().leave_api()
        self._told, self._alone_s = None, None
        self._unread = self._astray = False

    def zero_touch(self) -> None:
        """Takes the present touch readings for 0 N; nothing may touch the fingertips."""
        self._notice()
        self._readings.at_rest = self._open().look().touch

    def _forget(self) -> None:
        self._serial: str | None = None
        self._told: np.ndarray | None = None  # the session's last target; None outside one
        self._alone_s: float | None = None  # how long the hand was not fed, once it was too long
        self._unread = False
        self._astray = False  # it went its own way, and nobody has asked where it stands

    def _begin(self) -> None:
        """Starts a session where the hand stands."""
        if self._alone_s is not None:
            logger.warning("%s: %s", self.spec.id, self._not_fed())
        exchange = self._open()
        here = exchange.look()
        self._told, self._alone_s = None, None
        self._tell(_takeable(here))
        if self.options.upsampling is not None:
            exchange.upsample(self.options.upsampling)

    def _tell(self, counts: np.ndarray) -> Feedback:
        exchange = self._open()
        self._told = counts  # even when no answer comes: it may have been heard
        state = exchange.tell(counts)
        self._unread = True
        return state

    def _ran_out(self) -> bool:
        self._notice()
        return self._alone_s is not None

    def _notice(self) -> None:
        """Sees whether a session has ended because nobody fed it."""
        alone_s = time.monotonic() - self._open().fed_s
        if self._told is not None and alone_s > API_S:
            self._alone_s = alone_s

    def _refuse_a_jump(self, counts: np.ndarray) -> None:
        state = self._open().state
        if not self._astray or state is None:
            return
        away = np.abs(counts - state.positions)
        if away.max() > ASTRAY:
            raise DriverError(
                f"{self.spec.id}: it was not fed for over {API_S:g} s, left API mode, and its "
                f"'{WIRE_JOINTS[int(away.argmax())]}' stands more than 10 degrees from the target. "
                "The target was not sent; it holds. Call hold(), and go on from what read() says."
            )
        self._astray = False

    def _not_fed(self) -> str:
        return (
            f"the hand had no frame for {self._alone_s or 0.0:.2f} s, left API mode, and may have "
            f"moved by itself. Call command() or read() at least every {API_S:g} s."
        )

    def _open(self) -> Exchange:
        if self._exchange is None:
            raise DriverError(f"{self.spec.id} is not open. Use the driver in a `with` block.")
        return self._exchange


def _takeable(state: Feedback) -> np.ndarray:
    """A measured posture as a target; a joint may stand a little beyond what may be told."""
    return np.clip(state.positions, LOWER, UPPER)
