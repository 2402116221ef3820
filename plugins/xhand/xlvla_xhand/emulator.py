"""XHandEmulator: an XHAND1 that is not there, byte for byte, on a pseudo-terminal.

Written on its own from what is known of the hand's frames; it shares nothing with the driver.

Source: frames observed with the maker's package 1.1.7 (jefferzn2001/XhandControl@f244afd),
structures of its headers 0.10.3 (yoimika/xhand_control_python@b61a82d). What they leave open is
chosen here and said where it is.
"""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

from xlvla_sdk.drivers import Address
from xlvla_sdk.testing import Emulator, Faults, Firmware, SerialWire, Wire
from xlvla_xhand.emulated_hand import HOTTEST, OVER_CURRENT, TOO_HOT, EmulatedHand

SDK = Path(__file__).with_name("emulated_sdk")
"""Where the package stands that is called as the maker's is."""
LINE_BAUD = 3_000_000
TURNAROUND_S = 0.001
"""From a command's last byte to its answer's first [s]; a choice: the line alone takes 8.4 ms, and
100 exchanges a second are what the hand is known not to exceed."""
BOOT_S = 1.0
"""How long the hand says nothing after a restart [s]; a choice."""
HOST, EVERYBODY, PALM, SENSORS = 0xFE, 0xFF, 0x80, 0x11


class XHandFirmware(Firmware):
    """Palm board, joint boards and fingertips behind one line.

    Args:
        hand: The hand that it moves.
        faults: Asked whether an answer is made for somebody else.

    Attributes:
        boot_s: How long it is silent after `reboot` [s].
        acknowledges: Whether writes and sensors' zeroing are answered, which is not documented.
        commands: Whole commands of joints that it got.
    """

    def __init__(self, hand: EmulatedHand, faults: Faults) -> None:
        self.hand = hand
        self.joints = hand.joints
        self.boot_s = BOOT_S
        self.acknowledges = True
        self.commands = 0
        self._faults = faults
        self._buffer = bytearray()
        self._boots_until = float("-inf")

    def receive(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Takes bytes, answers the whole frames in them; says nothing while it starts."""
        if now < self._boots_until:
            return []
        self._buffer += data
        answers = []
        while (frame := self._cut()) is not None:
            if (answer := self._serve(frame, now)) is not None:
                answers.append((TURNAROUND_S, answer))
        return answers

    def reboot(self, now: float) -> None:
        """Falls limp, forgets the silent flag and a frame that has begun, and starts anew."""
        self._buffer.clear()
        self.hand.reboot(now)
        self._boots_until = now + self.boot_s

    def _cut(self) -> bytes | None:
        """The next frame with a right sum; what does not begin one is thrown away byte by byte."""
        buffer = self._buffer
        while len(buffer) >= 2:
            if buffer[0] != 0x55 or buffer[1] != 0xAA:
                del buffer[0]
                continue
            if len(buffer) < 7:
                return None
            total = 7 + buffer[5] + 256 * buffer[6] + 2
            if total > 4096:
                del buffer[0]
                continue
            if len(buffer) < total:
                return None
            if checksum(buffer[: total - 2]) == buffer[total - 2] + 256 * buffer[total - 1]:
                frame = bytes(buffer[: total - 2])
                del buffer[:total]
                return frame
            del buffer[0]
        return None

    def _serve(self, frame: bytes, now: float) -> bytes | None:
        target, command, payload = frame[3], frame[4], frame[7:]
        palm = PALM + self.hand.number
        for_palm = target in (palm, EVERYBODY)
        answer = None
        if command == 0x02 and target == palm and len(payload) == 288 and not self.hand.silent:
            self.commands += 1
            self.hand.command(payload, now)
            answer = self.hand.state(now)
        elif command == 0x12 and SENSORS <= target < SENSORS + 5:
            self.hand.zero_touch(target - SENSORS)
            answer, palm = (b"" if self.acknowledges else None), target
        elif command == 0x13 and (target < 12 or target == palm):
            answer, palm = self.hand.version(target), target
        elif command == 0x15 and for_palm and len(payload) == 4:
            begin, length = struct.unpack("<HH", payload)
            answer = payload + self.hand.memory(begin, length)
        elif command == 0x16 and target == palm and len(payload) > 2:
            self.hand.remember(payload[0] + 256 * payload[1], payload[2:])
            answer = payload[:2] if self.acknowledges else None
        return None if answer is None else self._frame(palm, command, answer)

    def _frame(self, source: int, command: int, payload: bytes) -> bytes:
        if self._faults.strikes("foreign"):
            source = (source & 0xF0) | ((source + 1) & 0x0F)  # the next board's answer
        size = len(payload)
        frame = bytes([0x55, 0xAA, source, HOST, command, size % 256, size // 256]) + payload
        total = checksum(frame)
        return frame + bytes([total % 256, total // 256])


class XHandEmulator(Emulator):
    """An XHAND1 on RS485, spoken to as such or through a package of the shape of the maker's.

    What goes wrong in it is set on `hand`: see `EmulatedHand`.
    """

    firmware: XHandFirmware
    own_faults = ("hot", "current")

    def build(self, wire: str, timed: bool) -> tuple[XHandFirmware, Wire]:
        """The hand and its line, the same for both wires."""
        assert wire in ("serial", "sdk"), f"the XHAND1 is not emulated on '{wire}'"
        firmware = XHandFirmware(EmulatedHand(self.spec), self.faults)
        return firmware, SerialWire(firmware, LINE_BAUD, self.faults, timed)

    @property
    def hand(self) -> EmulatedHand:
        """The hand behind the line."""
        return self.firmware.hand

    @property
    def address(self) -> Address:
        """The port; on the wire `sdk` also where our package stands, for this interpreter."""
        if self._named != "sdk":
            return super().address
        options = {"python": sys.executable, "path": str(SDK)}
        return Address("sdk", self.wire.place, options)

    def raise_flag(self, fault: str, motor: int) -> None:
        """Sets the error of the joint's board; the motor lets go."""
        if fault == "hot":
            self.hand.temperatures[motor] = HOTTEST + 5
        self.hand.fail(motor, {"hot": TOO_HOT, "current": OVER_CURRENT}[fault], time.monotonic())

    def misbehave(self, worst: str) -> None:
        """Has our package `hang`, `crash` or `raise` in every call; '' ends it."""
        Path(f"{self.wire.place}.worst").write_text(worst)


def _divided(byte: int) -> int:
    """A byte's remainder by the polynomial x^16 + x^12 + x^5 + 1."""
    remainder = byte << 8
    for _ in range(8):
        remainder = (remainder << 1) ^ (0x11021 if remainder & 0x8000 else 0)
    return remainder


_REMAINDERS = [_divided(byte) for byte in range(256)]


def checksum(data: bytes | bytearray) -> int:
    """CRC-16, begun at 0, nothing reflected."""
    total = 0
    for byte in data:
        total = (total << 8 & 0xFFFF) ^ _REMAINDERS[total >> 8 ^ byte]
    return total
