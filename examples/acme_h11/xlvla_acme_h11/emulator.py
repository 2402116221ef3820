"""AcmeH11Emulator: the hand that is not there, on a serial line that is.

Written from protocol 1.0 and without the driver's code: what one misreads, the other must not repeat.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence

import numpy as np
from xlvla_sdk import HandSpec
from xlvla_sdk.testing import EmulatedJoints, Emulator, Faults, Firmware, SerialWire, Wire

FULL = 65535
HOT = 1
BAUD = 115200


class AcmeH11Firmware(Firmware):
    """Bytes in, frames out.

    Attributes:
        hot: Joints, by their index, that say that they are too hot.
    """

    def __init__(self, spec: HandSpec, faults: Faults) -> None:
        lower, upper = spec.limits
        width = upper - lower
        ends = np.zeros(len(width)), np.full(len(width), float(FULL))
        start = (spec.rest - lower) / width * FULL
        self.joints = EmulatedJoints(*ends, spec.velocity_limits / width * FULL, start)
        self.hot: set[int] = set()
        self._side = str(spec.side)[0].upper()
        self._faults = faults
        self._held = b""

    def connected(self) -> None:
        """A new connection: what was half received is gone."""
        self._held = b""

    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        """Answers every whole frame; bytes that belong to none are passed over."""
        self._held += data
        answers = []
        while len(self._held) > 2:
            size = 5 + self._held[2] if self._held[0] == 0xA5 else 0
            if size > len(self._held):
                break
            body, seal = self._held[1 : size - 2], self._held[size - 2 : size]
            if size and crc_hqx(body, 0xFFFF) == int.from_bytes(seal, "big"):
                self._held = self._held[size:]
                other = 0x0F if self._faults.strikes("foreign") else 0
                answers += [(0.0, self._sealed(body[0] | 0x80 | other, self._said(body, now)))]
            else:
                self._held = self._held[1:]
        return answers

    def reboot(self, now: float) -> None:
        """Starts anew, and stays where it stands."""
        self._held = b""
        self.joints.halt(now)

    def _said(self, body: bytes, now: float) -> bytes:
        if body[0] == 1:
            return f"{self._side}Acme H11".encode()
        if body[0] == 2:
            counts = np.rint(self.joints.position(now)).astype(">u2").tobytes()
            return counts + bytes(HOT * (at in self.hot) for at in range(len(counts) // 2))
        if body[0] == 3:
            self.joints.command(np.frombuffer(body[2:], ">u2").astype(float), now)
        if body[0] == 4:
            self.joints.halt(now)
        return b""

    def _sealed(self, function: int, payload: bytes) -> bytes:
        body = bytes([function, len(payload)]) + payload
        return b"\xa5" + body + crc_hqx(body, 0xFFFF).to_bytes(2, "big")


class AcmeH11Emulator(Emulator):
    """The hand on its line."""

    firmware: AcmeH11Firmware
    own_faults = ("hot",)

    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:
        """The firmware and its line."""
        assert isinstance(self.spec, HandSpec)
        assert wire == "serial"
        firmware = AcmeH11Firmware(self.spec, self.faults)
        return firmware, SerialWire(firmware, BAUD, self.faults, timed)

    def qpos(self, position: np.ndarray) -> np.ndarray:
        """Counts as radians."""
        lower, upper = self.spec.limits
        return lower + position / FULL * (upper - lower)

    def raise_flag(self, fault: str, motor: int) -> None:
        """A motor says that it is too hot, and goes on saying so."""
        assert fault == "hot"
        self.firmware.hot.add(motor)
