"""An emulated RH56's three protocols, in bytes, written a second time from their own documents."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from xlvla_inspire.emulated_hand import EmulatedHand
from xlvla_sdk.testing import Faults, Firmware

TURNAROUND_S = 0.003
"""Between a question's end and its answer on RS485 [s]: a program sees about 6 ms for 29 bytes at 115200
(correlllab/rh56_controller at e4ef2568c910), 2.5 of them on the line and, a choice, half a one its own."""
NETWORK_S = 0.001  # a choice
STORED_S = 1.0  # until the flash is written; manual, the RS485 chapter
BYTE_REGISTERS = (range(1606, 1624), range(1700, 1704))
NO_FUNCTION, NO_REGISTER, NO_VALUE = 1, 2, 3


class HandFirmware(Firmware):
    """Bytes in, frames out, for one hand.

    Args:
        hand: The registers and motors.
        faults: Asked for answers to something else.

    Attributes:
        hand: The registers and motors.
    """

    def __init__(self, hand: EmulatedHand, faults: Faults) -> None:
        self.hand = hand
        self.joints = hand.joints
        self._faults = faults
        self._held = b""

    def connected(self) -> None:
        """Forgets a frame that has begun."""
        self._held = b""

    def reboot(self, now: float) -> None:
        """Starts anew, and stays where it stands."""
        self.connected()
        self.joints.halt(now)
        self.hand.start()

    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        """Takes bytes; returns the answers to the questions that they complete."""
        self._held += data
        answers = []
        while self._held:
            size = self.size(self._held)
            if size > len(self._held):
                break
            if size == 0:
                self._held = self._held[1:]
                continue
            question, self._held = self._held[:size], self._held[size:]
            answers += self.answer(question, now)
        return answers

    @abstractmethod
    def size(self, held: bytes) -> int:
        """How long the question is that begins here, maybe longer than what is there; 0 for none."""

    @abstractmethod
    def answer(self, question: bytes, now: float) -> list[tuple[float, bytes]]:
        """The frames that answer a question; none for one that is damaged or another hand's."""


class VendorFirmware(HandFirmware):
    """The maker's own protocol: EB 90, id, length, command, address, data, sum."""

    def size(self, held: bytes) -> int:
        """Length counts what follows it, the sum left out."""
        if held[0] != 0xEB or (len(held) > 1 and held[1] != 0x90):
            return 0
        return 4 + held[3] + 1 if len(held) > 3 else len(held) + 1

    def answer(self, question: bytes, now: float) -> list[tuple[float, bytes]]:
        """A read brings the bytes, a write a 1; what it does not know it leaves unanswered."""
        if len(question) < 9:  # no command is shorter
            return []
        hand_id, command, address = question[2], question[4], question[5] | question[6] << 8
        if sum(question[2:-1]) % 256 != question[-1] or hand_id != self.hand.hand_id:
            return []
        if command == 0x11:
            found = self.hand.read(address, question[7], now)
            return [] if found is None else [self._frame(0x11, address, found)]
        if command != 0x12 or not self.hand.write(address, question[7:-1], now):
            return []
        stored = [self._frame(0x12, address, b"\0", STORED_S)] if address == 1005 else []
        return [self._frame(0x12, address, b"\1"), *stored]

    def _frame(
        self, command: int, address: int, data: bytes, made_s: float = TURNAROUND_S
    ) -> tuple[float, bytes]:
        if self._faults.strikes("foreign"):
            address += 2
        inside = [self.hand.hand_id, 3 + len(data), command, address & 255, address >> 8, *data]
        return made_s, bytes([0x90, 0xEB, *inside, sum(inside) % 256])


class ModbusFirmware(HandFirmware):
    """Reading holding registers (3), writing one (6) and several (16), whatever stands around them.

    A word of a byte register has the byte of the lower address first, as the published readers take
    it; a word of any other has its high byte first.

    Attributes:
        low_byte_first: Whether byte registers come the other way round.
    """

    low_byte_first = False

    def reply(self, asked: bytes, now: float) -> bytes:
        """The answer to function and data, as function and data."""
        function = asked[0]
        if function == 3 and len(asked) == 5:
            return self._read(asked, now)
        if function == 6 and len(asked) == 5:
            return asked if self._write(asked[1:3], asked[3:], now) else _refusal(6, NO_REGISTER)
        if function == 16 and len(asked) > 6:
            count = asked[3] << 8 | asked[4]
            if not len(asked) - 6 == asked[5] == 2 * count:
                return _refusal(16, NO_VALUE)
            done = self._write(asked[1:3], asked[6:], now)
            return asked[:5] if done else _refusal(16, NO_REGISTER)
        return _refusal(function, NO_FUNCTION)

    def _read(self, asked: bytes, now: float) -> bytes:
        address, count = asked[1] << 8 | asked[2], asked[3] << 8 | asked[4]
        if not 1 <= count <= 125:
            return _refusal(3, NO_VALUE)
        found = self.hand.read(address, 2 * count, now)
        if found is None:
            return _refusal(3, NO_REGISTER)
        return bytes([3, 2 * count]) + self._turned(address, found)

    def _write(self, address: bytes, words: bytes, now: float) -> bool:
        at = address[0] << 8 | address[1]
        found = self._turned(at, words)
        return self.hand.write(at, found[:1] if at < 1010 and len(found) == 2 else found, now)

    def _turned(self, address: int, words: bytes) -> bytes:
        turned = b""
        for at in range(0, len(words), 2):
            pair = words[at : at + 2]
            whole = any(address + at in group for group in BYTE_REGISTERS)
            turned += pair if whole and not self.low_byte_first else pair[::-1]
        return turned


class RtuFirmware(ModbusFirmware):
    """On a serial line: id, function and data, CRC with its low byte first."""

    def size(self, held: bytes) -> int:
        """By the function; 16 says how many bytes follow."""
        if held[0] != self.hand.hand_id or (len(held) > 1 and held[1] not in (3, 6, 16)):
            return 0
        if len(held) < 7:
            return 8
        return 9 + held[6] if held[1] == 16 else 8

    def answer(self, question: bytes, now: float) -> list[tuple[float, bytes]]:
        """Nothing for a damaged question."""
        if _crc(question[:-2]) != question[-2:]:
            return []
        other = self._faults.strikes("foreign")
        hand_id = bytes([self.hand.hand_id + 1 if other else self.hand.hand_id])
        body = hand_id + self.reply(question[1:-2], now)
        return [(TURNAROUND_S, body + _crc(body))]


class TcpFirmware(ModbusFirmware):
    """In a connection: transaction, 0, length, id that nobody looks at, function and data.

    It stops answering for good when it is asked too fast, until it is turned off and on. That it does
    so, and that its answers' transactions are off by one at times, is told by package
    inspire-rh56dftp 0.1.0, which writes 60 times a second and reads 360; the limits are choices.

    Attributes:
        frozen: Whether it was asked too fast.
    """

    SHORTEST_S, SHORTEST_WRITE_S = 0.001, 0.015

    def __init__(self, hand: EmulatedHand, faults: Faults) -> None:
        super().__init__(hand, faults)
        self.frozen = False
        self._asked_s = self._wrote_s = float("-inf")
        self._last = b"\0\0"
        self._turn = 0

    def reboot(self, now: float) -> None:
        """Starts anew, and is frozen no more."""
        super().reboot(now)
        self.frozen = False
        self._asked_s = self._wrote_s = float("-inf")

    def size(self, held: bytes) -> int:
        """As the header says."""
        if held[2:4].strip(b"\0"):
            return 0
        return 6 + (held[4] << 8 | held[5]) if len(held) > 5 else len(held) + 1

    def answer(self, question: bytes, now: float) -> list[tuple[float, bytes]]:
        """Nothing while it is frozen."""
        writes = len(question) > 7 and question[7] in (6, 16)
        fast = now - self._asked_s < self.SHORTEST_S
        self.frozen |= fast or (writes and now - self._wrote_s < self.SHORTEST_WRITE_S)
        self._asked_s = now
        self._wrote_s = now if writes else self._wrote_s
        if self.frozen or len(question) < 8:
            return []
        body = question[6:7] + self.reply(question[7:], now)
        header = (
            self._transaction(question[:2]) + b"\0\0" + bytes([len(body) >> 8, len(body) & 255])
        )
        return [(NETWORK_S, header + body)]

    def _transaction(self, asked: bytes) -> bytes:
        before, self._last = self._last, asked
        if not self._faults.strikes("foreign"):
            return asked
        self._turn += 1
        number = asked[0] << 8 | asked[1]
        off = ((number + 1) % 65536, (number - 1) % 65536, before[0] << 8 | before[1])
        wrong = off[self._turn % 3]
        return bytes([wrong >> 8, wrong & 255])


def _refusal(function: int, why: int) -> bytes:
    return bytes([function | 0x80, why])


def _crc(data: bytes) -> bytes:
    """Modbus over serial line 1.02, section 6.2: polynomial A001, from FFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes([crc & 255, crc >> 8])
