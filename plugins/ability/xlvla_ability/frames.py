"""Frames of the Ability Hand's extended interface: bytes and whole numbers, no line and no radians.

Source: PSYONIC's interface control document (ICD) 1.8, section 3, and the Python wrapper of
psyonicinc/ability-hand-api at 34c9a9324d37, where the two differ (the order of touch nibbles).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.errors import DriverError

FLAG, ESCAPE, MASK = 0x7E, 0x7D, 0x20  # ICD 3.5.5
POSITION, READ_ONLY = 0x10, 0xA0  # ICD table 10, 3.3.2: each plus the reply's variant less one
UPSAMPLING_ON, UPSAMPLING_OFF, LEAVE_API = 0xC2, 0xC3, 0x7C  # ICD table 11
READ_REGISTER = 0xDA  # ICD 3.3.3, extended register access
DONE, REFUSED = 0x4E11FEA4, 0xFA17FFFF  # ICD 3.3.3, first word of a register's reply
MOTORS = 6
LENGTHS = {1: 72, 2: 72, 3: 39}  # ICD tables 17 and 18, by variant of the reply
REGISTER_LENGTH = 9  # ICD 3.3.3
SHORTEST = 3  # shorter runs are zeros that some RS485 adapters put in (wrapper, ppp_stuffing.py)
LONGEST_RUN = 2 * max(LENGTHS.values())  # every byte escaped


@dataclass(frozen=True)
class Feedback:
    """What the hand says of itself, in the wire's units and order (index to pinky, flexor, rotator).

    Attributes:
        positions: 32767 to 150 degrees, (6,).
        currents: In the hand's own scale, (6,); None in variant 2.
        rotors: Speeds of the rotors, a quarter rad/s each, (6,); None in variant 1.
        touch: 12 bits a site, (5, 6), index to pinky, then thumb; None in variant 3.
        status: A bit for each motor that is being limited.
    """

    positions: np.ndarray
    currents: np.ndarray | None
    rotors: np.ndarray | None
    touch: np.ndarray | None
    status: int


def position_request(address: int, counts: np.ndarray, reply: int) -> bytes:
    """Targets for all motors, (6,) in the wire's order, answered in a variant."""
    return _request(address, POSITION + reply - 1, struct.pack("<6h", *(int(c) for c in counts)))


def read_request(address: int, reply: int) -> bytes:
    """A question that neither moves anything nor starts API mode."""
    return _request(address, READ_ONLY + reply - 1)


def bare_request(address: int, header: int) -> bytes:
    """A header alone: upsampling on or off, leave API mode."""
    return _request(address, header)


def register_request(address: int, register: int) -> bytes:
    """A question for a register's value."""
    return _request(address, READ_REGISTER, struct.pack("<I", register))


def feedback(frame: bytes, reply: int) -> Feedback | None:
    """What a frame says; None when it is no reply of that variant."""
    if len(frame) != LENGTHS[reply] or frame[0] & 0x0F != reply - 1:
        return None
    pairs = np.frombuffer(frame, "<i2", 2 * MOTORS, offset=1).astype(int)
    positions, second = pairs[0::2], pairs[1::2]
    status = frame[-2]
    if reply == 3:
        rotors = np.frombuffer(frame, "<i2", MOTORS, offset=25).astype(int)
        return Feedback(positions, second, rotors, None, status)
    touch = _touch(frame[25:70])
    if reply == 2:
        return Feedback(positions, None, second, touch, status)
    return Feedback(positions, second, None, touch, status)


def register_value(frame: bytes) -> int | None:
    """The value in a register's reply; None for another frame.

    Raises:
        DriverError: When the hand says that it has no such register.
    """
    if len(frame) != REGISTER_LENGTH:
        return None
    word, value = struct.unpack_from("<II", frame)
    if word == REFUSED:
        raise DriverError("the hand has no such register. Update its firmware.")
    return value if word == DONE else None


def is_bare_reply(data: bytes) -> bool:
    """Whether the bytes hold a reply that is not stuffed, so that the hand needs its setting."""
    last = len(data) - min(LENGTHS.values())
    return any(_sound(data[at : at + n]) for at in range(last + 1) for n in LENGTHS.values())


class FrameParser:
    """Cuts stuffed bytes into frames; a Link's `Parser`.

    Attributes:
        refused: Runs of bytes between flags that were no undamaged frame.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._run = b""
        self._stray = b""

    @property
    def stray(self) -> bytes:
        """The latest bytes that made no frame; for messages."""
        return self._run if len(self._run) >= SHORTEST else self._stray

    def feed(self, data: bytes) -> list[bytes]:
        """Takes bytes; returns the frames they complete, unstuffed, checksum included."""
        *runs, rest = (self._run + data).split(bytes([FLAG]))
        self._run = rest[-LONGEST_RUN - 1 :]  # one that is too long stays too long
        return [frame for run in runs if (frame := self._frame(run))]

    def clear(self) -> None:
        """Forgets a frame that has begun."""
        if len(self._run) >= SHORTEST:
            self._refuse(self._run)
        self._run = b""

    def _frame(self, run: bytes) -> bytes | None:
        if len(run) < SHORTEST:
            return None
        frame = _unstuffed(run) if len(run) <= LONGEST_RUN else None
        if frame is None or not _sound(frame):
            self._refuse(run)
            return None
        return frame

    def _refuse(self, run: bytes) -> None:
        self.refused += 1
        self._stray = run[-LONGEST_RUN:]


def _request(address: int, header: int, payload: bytes = b"") -> bytes:
    body = bytes([address, header]) + payload
    body += bytes([-sum(body) & 0xFF])  # ICD 3.4.8
    escaped = body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return bytes([FLAG]) + escaped + bytes([FLAG])


def _unstuffed(run: bytes) -> bytes | None:
    first, *rest = run.split(bytes([ESCAPE]))
    if not all(rest):  # an escape at the end, or of another
        return None
    return first + b"".join(bytes([part[0] ^ MASK]) + part[1:] for part in rest)


def _sound(frame: bytes) -> bool:
    known = len(frame) == REGISTER_LENGTH or LENGTHS.get((frame[0] & 0x0F) + 1) == len(frame)
    return known and sum(frame) & 0xFF == 0


def _touch(packed: bytes) -> np.ndarray:
    """ICD 3.4.6, the C code there; its table 17 has another order, which the wrapper refutes."""
    low, middle, high = np.frombuffer(packed, np.uint8).reshape(-1, 3).T.astype(int)
    pairs = np.stack([low | (middle & 0x0F) << 8, middle >> 4 | high << 4], axis=-1)
    return pairs.reshape(-1, MOTORS)
