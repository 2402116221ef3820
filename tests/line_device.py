"""A small hand on a serial line, for tests of what stands around drivers: frames are lines of text.

`R` reads, `C` commands, `S` stops, `I` asks who it is; each is answered. A line ends with `*` and
its checksum.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.small_hand import small_hand
from xlvla_sdk import hookimpl
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Driver,
    Identity,
    JointState,
    Link,
    SerialPort,
)
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import ArmSpec, HandSpec, Side
from xlvla_sdk.testing import EmulatedJoints, Emulator, Firmware, SerialWire, Wire

BAUD = 115200


def sealed(text: str) -> bytes:
    """A line with its checksum."""
    return f"{text}*{sum(text.encode()) % 256:02x}\n".encode()


class Lines:
    """Cuts bytes into undamaged lines."""

    def __init__(self) -> None:
        self.refused = 0
        self._left = b""

    def feed(self, data: bytes) -> list[bytes]:
        *lines, self._left = (self._left + data).split(b"\n")
        self._left = self._left[-200:]
        whole = [line for line in lines if sealed(line[:-3].decode("latin1"))[:-1] == line]
        self.refused += len(lines) - len(whole)
        return [line[:-3] for line in whole]

    def clear(self) -> None:
        self._left = b""


class LineDriver(Driver):
    """Radians in microradians; current in mA, temperature in degrees."""

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        address: Address,
        connect: Connect = lambda address: SerialPort.at(address, BAUD),
    ) -> None:
        super().__init__(spec, address)
        address.only("baud", "timeout")
        self._port = connect(address)
        timeout_s = address.seconds("timeout", 0.1)
        self._link = Link(self._port, Lines(), f"{spec.id} on {self._port.name}", timeout_s)
        self._who = Identity()
        self._taken = False

    def open(self) -> None:
        self._port.open()
        serial, side = self._ask("I", "who it is").split()
        self._who = Identity("line", Side(side), None if serial == "-" else serial, "1.0")
        if side != self.spec.side:
            raise DriverError(f"{self.spec.id}: the hand at {self.address} is a {side} one.")

    def close(self) -> None:
        self._taken = False
        self._port.close()

    def identity(self) -> Identity:
        return self._who

    def read(self) -> JointState:
        numbers = np.array(self._ask("R", "a read").split(), dtype=float).reshape(3, -1)
        hot = [self.spec.joints[at] for at in np.flatnonzero(numbers[2] > 90)]
        faults = tuple(f"{joint}: is too hot" for joint in hot)
        return JointState(
            numbers[0] * 1e-6,
            current=numbers[1] * 1e-3,
            temperature=numbers[2],
            faults=faults,
            alarms=faults,
        )

    def command(self, qpos: np.ndarray) -> None:
        self.spec.check_limits(qpos)
        self._taken = True
        self._ask("C " + " ".join(str(round(q * 1e6)) for q in qpos), "a target")

    def stop(self) -> None:
        if self._taken:
            self._ask("S", "a stop")

    def release(self) -> None:
        self._ask("L", "a release")
        self._taken = False

    def _ask(self, text: str, what: str) -> str:
        def answer(line: bytes) -> str | None:
            said = line.decode()
            return said[2:] if said[:1] == text[:1] else None

        return self._link.ask(sealed(text), answer, what)


class LineFirmware(Firmware):
    """The hand: physical joints, and encoders that may be off by `offset` and count the other way.

    Attributes:
        told: Every line it was sent, without checksums.
        told_s: When [s].
        offset: True angle less what the encoder counts forwards [rad].
        sign: -1 where an encoder counts backwards.
        current: What it says it draws [A].
        temperature: What it says [deg C].
        mute: Kinds of lines that it hears and does not answer.
    """

    def __init__(self, spec: HandSpec | ArmSpec, serial: str = "SN7") -> None:
        lower, upper = spec.limits
        self.spec = spec
        self.serial = serial
        self.joints = EmulatedJoints(lower, upper, spec.velocity_limits, np.clip(0, lower, upper))
        self.told: list[str] = []
        self.told_s: list[float] = []
        self.offset = np.zeros(len(lower))
        self.sign = np.ones(len(lower))
        self.current = np.zeros(len(lower))
        self.temperature = np.full(len(lower), 30.0)
        self.mute = ""
        self._lines = Lines()

    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        lines = [line.decode() for line in self._lines.feed(data)]
        answers = [(line[0], self._answer(line, now)) for line in lines]
        return [(0.0, answer) for kind, answer in answers if kind not in self.mute]

    def reboot(self, now: float) -> None:
        self._lines.clear()

    def counted(self, q: np.ndarray) -> np.ndarray:
        """What the encoders say of true angles [rad]."""
        return self.sign * (q - self.offset)

    def _answer(self, line: str, now: float) -> bytes:
        self.told.append(line)
        self.told_s.append(now)
        kind = line[0]
        if kind == "I":
            return sealed(f"I {self.serial} {self.spec.side}")
        if kind == "C":
            wanted = self.sign * np.array(line.split()[1:], dtype=float) * 1e-6 + self.offset
            self.joints.command(np.clip(wanted, *self.spec.limits), now)  # the ends are stops
        if kind == "S":
            self.joints.halt(now)
        if kind != "R":
            return sealed(kind + " ")
        counts = np.rint(self.counted(self.joints.position(now)) * 1e6).astype(int)
        extra = [*np.rint(self.current * 1e3).astype(int), *self.temperature.astype(int)]
        return sealed(" ".join(map(str, ("R", *counts, *extra))))


class LineEmulator(Emulator):
    """The hand on a pseudo-terminal; `hand` is its firmware."""

    own_faults = ("hot",)

    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:
        assert wire == "serial"
        self.hand = LineFirmware(self.spec)
        return self.hand, SerialWire(self.hand, BAUD, self.faults, timed)

    def raise_flag(self, fault: str, motor: int) -> None:
        assert fault == "hot"
        self.hand.temperature[motor] = 95.0


class LinePlugin:
    """Registers `line:right` and `line:left`, with their URDFs in a folder."""

    PLUGIN_API = (1, 0)

    def __init__(self, folder: Path) -> None:
        self.hands = {side: small_hand(folder, "line", side) for side in Side}

    @hookimpl
    def xlvla_register_devices(self, register) -> None:
        for hand in self.hands.values():
            register(
                hand,
                drivers={"serial": "tests.line_device:LineDriver"},
                emulators={"serial": "tests.line_device:LineEmulator"},
            )


if __name__ == "__main__":  # `python -m tests.line_device FOLDER WORDS...`: xlvla with the plugin
    from xlvla_sdk.cli import main
    from xlvla_sdk.registry import registry

    registry().register_plugin(LinePlugin(Path(sys.argv[1])), "line")
    main(sys.argv[2:])
