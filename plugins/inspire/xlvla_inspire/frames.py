"""The maker's own serial protocol: frames of reads and writes, and of their answers.

Source: user manual PRJ-02-TS-U-001 V1.0.0, the RS485 chapter; the same in
qs-wq/Inspire_Hand_SDK at f877f7e867fd.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.drivers import Cutter

TO_HAND, FROM_HAND = b"\xeb\x90", b"\x90\xeb"
READ, WRITE = 0x11, 0x12
AROUND = 5
"""Bytes of a frame that its length does not count: header, id, the length itself, checksum."""
BEFORE_DATA = 3
"""Bytes that its length counts before the data: command and address."""
MOST_DATA = 0xFF - BEFORE_DATA
"""Bytes of data in the longest frame."""
DONE = b"\x01"
"""The data of an acknowledgement."""


@dataclass(frozen=True)
class Answer:
    """What a hand's frame says.

    Attributes:
        command: READ or WRITE.
        address: Of the first register.
        data: What was read, or DONE.
    """

    command: int
    address: int
    data: bytes


def read_frame(hand: int, address: int, size: int) -> bytes:
    """Asks a hand for so many bytes from an address on."""
    return _frame(hand, READ, address, bytes([size]))


def write_frame(hand: int, address: int, data: bytes) -> bytes:
    """Tells a hand to set bytes from an address on."""
    return _frame(hand, WRITE, address, data)


def read_answer(frame: bytes) -> Answer:
    """What a whole and undamaged frame says."""
    return Answer(frame[4], int.from_bytes(frame[5:7], "little"), frame[7:-1])


class Frames(Cutter):
    """Cuts a line's bytes into the frames of one hand.

    Args:
        hand: Its id.
    """

    longest = 0xFF + AROUND

    def __init__(self, hand: int) -> None:
        super().__init__()
        self._begin = FROM_HAND + bytes([hand])

    def size(self, begun: bytes) -> int | None:
        """From the header, the id and the length."""
        if not self._begin.startswith(begun[:3]):
            return None
        if len(begun) < 4:
            return 0
        return begun[3] + AROUND if begun[3] > BEFORE_DATA else None

    def whole(self, frame: bytes) -> bool:
        """Whether the checksum is right."""
        return frame[-1] == _checksum(frame[2:-1])


def _frame(hand: int, command: int, address: int, data: bytes) -> bytes:
    body = bytes([hand, BEFORE_DATA + len(data), command]) + address.to_bytes(2, "little") + data
    return TO_HAND + body + bytes([_checksum(body)])


def _checksum(body: bytes) -> int:
    return sum(body) & 0xFF
