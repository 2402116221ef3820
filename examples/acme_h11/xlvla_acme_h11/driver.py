"""AcmeH11Driver: radians outside, the hand's counts on its line.

What frames say is in frames.py.
"""

from __future__ import annotations

import numpy as np
from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Counts,
    Driver,
    Identity,
    JointState,
    Link,
    SerialPort,
    Transport,
    checked_target,
)
from xlvla_sdk.errors import DriverError

from xlvla_acme_h11 import frames
from xlvla_acme_h11.frames import Frames, frame

BAUD = 115200  # protocol 1.0, section 1
TIMEOUT_S = 0.1  # for one of three tries; the hand answers within 5 ms (protocol 1.0, section 1)
SIDES = {b"R": Side.RIGHT, b"L": Side.LEFT}


def connect_line(address: Address) -> Transport:
    """The line to an address."""
    return SerialPort.at(address, BAUD)


class AcmeH11Driver(Driver):
    """The hand on its serial line.

    Opening asks who it is and where it stands, and moves nothing.

    Args:
        spec: One side's hand.
        address: `serial:/dev/ttyUSB0`, with the options `baud` and `timeout` [s].
        connect: Gives the line of an address; tests hand in a script.

    Raises:
        DriverError: No address, or an option that it does not know.

    Source:
        Acme H11 protocol 1.0: section 1 (line), 2 (frames), 3 (reading), 4 (targets and stop).
    """

    def __init__(
        self, spec: HandSpec, address: Address | None = None, connect: Connect = connect_line
    ) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(f"{spec.id}: no address. Write one such as serial:/dev/ttyUSB0.")
        address.only("baud", "timeout")
        self._line = connect(address)
        self._who = f"{spec.id} on {self._line.name}"
        self._link = Link(self._line, Frames(), self._who, address.seconds("timeout", TIMEOUT_S))
        self._identity = Identity()
        self._is_open = False
        self._taken = False  # whether it was told anything since it was opened

    @property
    def counts(self) -> Counts:
        """What happened on the line since the driver was opened."""
        return self._link.counts

    def open(self) -> None:
        """Opens the line, asks for the side and reads; DriverError for another side's hand."""
        if self._is_open:
            return
        self._line.open()
        self._is_open, self._link.counts = True, Counts()
        try:
            said = self._ask(frames.WHO, b"", "who it is")
            side = SIDES.get(said[:1])
            self._identity = Identity(said[1:].decode("ascii", "replace"), side)
            if side is not self.spec.side:
                raise DriverError(
                    f"{self._who}: this is a {side} hand. Name acme_h11:{side} instead, or give the "
                    f"address of the {self.spec.side} one."
                )
            self.read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the line; the hand keeps its last target."""
        self._is_open = self._taken = False
        self._line.close()

    def identity(self) -> Identity:
        """Model and side, as the hand told them."""
        return self._identity

    def read(self) -> JointState:
        """Where the joints stand [rad], and what is too hot."""
        joints = self.spec.joints
        said = self._ask(frames.READ, b"", "a read of the positions", 3 * len(joints))
        counts = np.frombuffer(said[: 2 * len(joints)], ">u2")
        flags = said[-len(joints) :]
        hot = [joint for joint, bits in zip(joints, flags, strict=True) if bits & frames.HOT]
        faults = tuple(f"{joint}: too hot; let it cool down" for joint in hot)
        lower, upper = self.spec.limits
        qpos = lower + counts / frames.FULL * (upper - lower)
        return JointState(qpos, faults=faults, alarms=faults)

    def command(self, qpos: np.ndarray) -> None:
        """Sends a target [rad, m]; LimitViolation for one outside the limits, and nothing is sent."""
        lower, upper = self.spec.limits
        part = (np.clip(checked_target(self.spec, qpos), lower, upper) - lower) / (upper - lower)
        counts = np.rint(part * frames.FULL).astype(">u2")
        self._taken = True
        self._ask(frames.TARGET, counts.tobytes(), "a target", 0)

    def stop(self) -> None:
        """The hand's own stop, if this driver moved or held the hand since it was opened."""
        if self._taken:
            self._ask(frames.STOP, b"", "a stop", 0)

    def release(self) -> None:
        """Nothing to give up: the hand keeps its last target."""
        self._taken = False

    def _ask(self, function: int, payload: bytes, what: str, size: int | None = None) -> bytes:
        """The payload of the answer, of this size where one is given."""
        if not self._is_open:
            raise DriverError(f"{self.spec.id} is not open. Use the driver in a `with` block.")

        def answer(found: bytes) -> bytes | None:
            said = found[3:-2]
            right = found[1] == function | frames.ANSWER and size in (None, len(said))
            return said if right else None

        return self._link.ask(frame(function, payload), answer, what)
