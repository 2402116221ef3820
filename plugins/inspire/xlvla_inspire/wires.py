"""The three wires: the maker's serial protocol, Modbus on a serial line, Modbus in a connection."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from xlvla_inspire import frames
from xlvla_inspire.registers import Block, Registers
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Link,
    Modbus,
    ModbusRtu,
    ModbusTcp,
    Refused,
    SerialPort,
    TcpLine,
    Transport,
    no_transport,
)
from xlvla_sdk.errors import DriverError

WIRES = ("serial", "modbus-rtu", "modbus-tcp")
BAUD = 115200  # manual 2.6, register REDU_RATIO at its default
PORT = 6000  # manual, the Modbus TCP chapter
REST_S = 0.3
"""How long the hand wants between two connections [s]; package inspire-rh56dftp 0.1.0, measured."""
TIMEOUT_S = 0.1  # for one of three tries, as package pyrh56 0.4.0 has it
TRIES = 3
INTERVAL_S = 1 / 360
"""Between two questions in a connection [s]: a hand that is asked too fast stops answering, and
inspire-rh56dftp 0.1.0 asks it some 360 times a second."""
GAP_S = 0.001
"""Between an answer and the next question in a connection, where the answer was slow [s]; ours."""
WRITE_GAP_S = 0.015
"""Between a write's acknowledgement and the next write in a connection [s]: with the time that the
acknowledgement takes, the 60 writes a second to which inspire-rh56dftp 0.1.0 keeps."""


@dataclass(frozen=True)
class Pace:
    """How fast a hand may be asked [s]: question to question, answer to question, write to write."""

    interval_s: float
    gap_s: float
    write_gap_s: float


PACE = Pace(INTERVAL_S, GAP_S, WRITE_GAP_S)
MODBUS_BYTES = 250
"""The most that one Modbus read brings: 125 words."""

T = TypeVar("T")


def connect(address: Address) -> Transport:
    """The line to an address, by its wire; DriverError for a wire that the hand does not have."""
    if address.wire == "modbus-tcp":
        return TcpLine.at(address, PORT, pause_s=REST_S)
    if address.wire in WIRES:
        return SerialPort.at(address, BAUD)
    raise no_transport(address, WIRES)


def registers_at(address: Address, device: str, connect: Connect) -> Registers:
    """The registers of the hand at an address; opens nothing.

    Args:
        address: Where; its options `id`, `timeout` and `baud` are read here.
        device: Whose, for messages: `inspire:right`.
        connect: Gives the line.

    Raises:
        DriverError: An option that cannot be.
    """
    hand = address.integer("id", 1, 1, 254)  # manual 2.6, HAND_ID
    line = connect(address)
    where = f"{device} on {line.name}"
    timeout_s = address.seconds("timeout", TIMEOUT_S)
    if address.wire == "modbus-tcp":
        return ModbusRegisters(line, ModbusTcp(hand), where, timeout_s, PACE)
    if address.wire == "modbus-rtu":
        return ModbusRegisters(line, ModbusRtu(hand), where, timeout_s)
    return SerialRegisters(line, hand, where, timeout_s)


def _mend(hand: int) -> str:
    return (
        f"Check the hand's 24 V, the two wires of the RS485 (A and B swapped?), that its id is {hand} "
        "(?id=) and its baud rate the port's (?baud=), and that it speaks this protocol "
        "(serial:, modbus-rtu:)."
    )


class SerialRegisters(Registers):
    """Registers by the maker's serial protocol: bytes, the low one of a word first.

    Args:
        line: The open line's transport.
        hand: The hand's id.
        where: Whose and where, for messages.
        timeout_s: For each of three tries [s].
    """

    largest = frames.MOST_DATA

    def __init__(self, line: Transport, hand: int, where: str, timeout_s: float) -> None:
        self.link = Link(line, frames.Frames(hand), where, timeout_s, TRIES, _mend(hand))
        self._hand = hand

    def read(self, address: int, size: int, what: str) -> Block:
        """Reads bytes."""
        question = frames.read_frame(self._hand, address, size)

        def found(frame: bytes) -> bytes | None:
            answer = frames.read_answer(frame)
            fits = (answer.command, answer.address) == (frames.READ, address)
            return answer.data if fits and len(answer.data) == size else None

        return Block(address, self.link.ask(question, found, what), "<")

    def write(self, address: int, words: Sequence[int], what: str) -> None:
        """Writes words."""
        self._write(address, struct.pack(f"<{len(words)}h", *words), what)

    def read_byte(self, address: int, what: str) -> int:
        """Reads one byte."""
        return self.read(address, 1, what).data[0]

    def write_byte(self, address: int, value: int, what: str) -> None:
        """Writes one byte."""
        self._write(address, bytes([value]), what)

    def _write(self, address: int, data: bytes, what: str) -> None:
        done = frames.Answer(frames.WRITE, address, frames.DONE)
        self.link.ask(
            frames.write_frame(self._hand, address, data),
            lambda frame: frames.read_answer(frame) == done or None,
            what,
        )


class ModbusRegisters(Registers):
    """Registers by Modbus: words, the high byte first; the address stays the byte's.

    Args:
        line: The transport.
        modbus: The framing.
        where: Whose and where, for messages.
        timeout_s: For each of three tries [s].
        pace: What the hand demands in a connection.
    """

    largest = MODBUS_BYTES

    def __init__(
        self,
        line: Transport,
        modbus: Modbus,
        where: str,
        timeout_s: float,
        pace: Pace | None = None,
    ) -> None:
        mend = _mend(modbus.unit) if pace is None else MEND_CONNECTION
        self.link = Link(line, modbus.parser(), where, timeout_s, TRIES, mend)
        self._modbus = modbus
        self._where = where
        self._pace = pace or Pace(0.0, 0.0, 0.0)
        self._next_s = self._next_write_s = 0.0

    def read(self, address: int, size: int, what: str) -> Block:
        """Reads bytes, as words."""
        count = size // 2
        words = self._ask(
            self._modbus.read(address, count),
            lambda frame: self._modbus.words(frame, count),
            what,
        )
        return Block(address, struct.pack(f">{count}H", *words), ">", self.swapped)

    def write(self, address: int, words: Sequence[int], what: str) -> None:
        """Writes words."""
        self._wait_until(self._next_write_s)
        try:
            self._ask(
                self._modbus.write(address, words),
                lambda frame: self._modbus.written(frame, address, len(words)),
                what,
            )
        finally:  # a write that was refused or lost was one, too
            self._next_write_s = time.monotonic() + self._pace.write_gap_s

    def read_byte(self, address: int, what: str) -> int:
        """Reads a byte, which is the low one of its word."""
        return self.read(address, 2, what).data[1]

    def write_byte(self, address: int, value: int, what: str) -> None:
        """Writes a byte as a word."""
        self.write(address, [value], what)

    def _ask(self, question: bytes, answer: Callable[[bytes], T | Refused | None], what: str) -> T:
        self._wait_until(self._next_s)
        asked_s = time.monotonic()
        try:
            found = self.link.ask(question, answer, what)
        finally:
            answered_s = time.monotonic()
            self._next_s = max(asked_s + self._pace.interval_s, answered_s + self._pace.gap_s)
        if isinstance(found, Refused):
            raise DriverError(
                f"{self._where}: the hand refuses {what}: {found}. Check that this is the model that "
                "the device's name says (`inspire`, `inspire_ftp`)."
            )
        return found

    def _wait_until(self, time_s: float) -> None:
        time.sleep(max(0.0, time_s - time.monotonic()))


MEND_CONNECTION = (
    "Check the hand's 24 V and cable. A hand that was asked too fast, by another program too, stops "
    "answering: end that program, then turn the hand off and on."
)
