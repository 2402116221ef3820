"""The hand's registers: where each is, and reading and writing them whatever the wire.

Source: Inspire Robots user manual PRJ-02-TS-U-001 V1.0.0, section 2.6, and
qs-wq/Inspire_Hand_SDK at f877f7e867fd, which agree on all that is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Int

from xlvla_sdk.drivers import Link

# Byte addresses; an array has six values, from the little finger to the thumb's rotation.
HAND_ID = 1000  # byte
CLEAR_ERROR = 1004  # byte; 1 clears all but too hot, which clears itself
DEFAULT_FORCE_SET = 1044  # words [g]; up to 1000 on a DFX, up to 3000 on the tactile hand
ANGLE_SET = 1486  # words, 0 closed to 1000 open
FORCE_SET = 1498  # words [g]
SPEED_SET = 1522  # words, 0 to 1000
ANGLE_ACT = 1546  # words, 0 closed to 1000 open
FORCE_ACT = 1582  # words [g], signed
CURRENT = 1594  # words [mA]
ERROR = 1606  # bytes
STATUS = 1612  # bytes
TEMP = 1618  # bytes [deg C]
NETWORK = 1700  # four bytes: the tactile hand's network address

JOINTS = 6
ARRAY = 2 * JOINTS
"""Bytes of an array of words."""
MEASURED = (ANGLE_ACT, TEMP + JOINTS - ANGLE_ACT)
"""Everything a hand measures, as one span of 78 bytes (24 of them unused): address, size."""
WATCHED = (SPEED_SET, TEMP + JOINTS - SPEED_SET)
"""The same with the speed limits before it, which a hand forgets when it is switched off: 102 bytes."""
WATCHED_APART = ((SPEED_SET, ANGLE_ACT + ARRAY - SPEED_SET), (FORCE_ACT, TEMP + JOINTS - FORCE_ACT))
"""The same in two parts, each of registers alone."""
MEASURED_APART = ((ANGLE_ACT, ARRAY), (FORCE_ACT, TEMP + JOINTS - FORCE_ACT))
"""The same without the unused bytes, for a hand that does not read over them."""


@dataclass(frozen=True)
class Block:
    """What was read, from an address on.

    Attributes:
        start: Address of the first byte.
        data: The bytes.
        order: Which byte of a word comes first: `<` the low one, `>` the high one.
        swapped: Whether the bytes of byte registers came in swapped pairs.
    """

    start: int
    data: bytes
    order: Literal["<", ">"]
    swapped: bool = False

    def words(self, address: int, count: int = JOINTS) -> Int[np.ndarray, " N"]:
        """Signed words from an address on."""
        return np.frombuffer(self.data, f"{self.order}i2", count, address - self.start).astype(int)

    def bytes(self, address: int, count: int = JOINTS) -> Int[np.ndarray, " N"]:
        """Bytes from an address on."""
        found = np.frombuffer(self.data, "u1", count, address - self.start).astype(int)
        return found.reshape(-1, 2)[:, ::-1].reshape(-1) if self.swapped else found


class Registers(ABC):
    """Reads and writes registers over one wire.

    Every method raises DriverError: no answer in time, the line is gone, or the hand refuses.

    Attributes:
        link: Counts what happened on the line.
        swapped: Whether byte registers come in swapped pairs (Modbus; see `identity.py`).
        largest: How many bytes one question reads at the most.
    """

    link: Link
    swapped = False
    largest: int

    @abstractmethod
    def read(self, address: int, size: int, what: str) -> Block:
        """Reads bytes, an even number of them; `what` names them in messages."""

    @abstractmethod
    def write(self, address: int, words: Sequence[int], what: str) -> None:
        """Writes words, and waits until the hand has acknowledged them."""

    @abstractmethod
    def read_byte(self, address: int, what: str) -> int:
        """Reads a register of one byte."""

    @abstractmethod
    def write_byte(self, address: int, value: int, what: str) -> None:
        """Writes a register of one byte."""

    def read_apart(self, spans: Sequence[tuple[int, int]], what: str) -> Block:
        """Reads spans one by one into one block; what lies between them is zero."""
        blocks = [self.read(address, size, what) for address, size in spans]
        first, last = blocks[0], blocks[-1]
        data = bytearray(last.start + len(last.data) - first.start)
        for block in blocks:
            at = block.start - first.start
            data[at : at + len(block.data)] = block.data
        return replace(first, data=bytes(data))
