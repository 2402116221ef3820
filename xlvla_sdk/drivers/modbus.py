"""Modbus for drivers: questions about 16-bit registers, as frames for a `Link`, by pymodbus's PDUs.

pymodbus's own clients are not used: they drop an answer whose transaction id is off by one, which
some devices send, and bring counts, retries and deadlines of their own.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from xlvla_sdk.drivers.cutter import Cutter
from xlvla_sdk.drivers.link import Parser
from xlvla_sdk.errors import DriverError

READ, WRITE = 0x03, 0x10
EXCEPTION = 0x80  # added to the function of a question that the device refuses
STRIDE = 16
"""Between the transaction ids of two questions, so that 'off by one' names one of them only."""
REFUSALS = {  # Modbus application protocol 1.1b3, section 7
    1: "it does not know this function",
    2: "it has no register there",
    3: "it does not take such a value",
    4: "it failed while doing it",
    5: "it is busy with it for long",
    6: "it is busy",
}

_DECODER = DecodePDU(is_server=False)
_RTU, _SOCKET = FramerRTU(_DECODER), FramerSocket(_DECODER)


@dataclass(frozen=True)
class Refused:
    """A device's exception answer.

    Attributes:
        code: The exception's number.
    """

    code: int

    def __str__(self) -> str:
        return REFUSALS.get(self.code, f"exception {self.code}")


class Modbus(ABC):
    """Makes questions and finds their answers; the two framings differ in what stands around a PDU.

    An answer is known by its function and its length: one question is in flight at a time, and a
    driver that reads several places gives each another length.

    Args:
        unit: The device's number.
    """

    def __init__(self, unit: int) -> None:
        self.unit = unit

    @abstractmethod
    def parser(self) -> Parser:
        """Cuts what arrives into frames; a new one for each link."""

    @abstractmethod
    def frame(self, pdu: ModbusPDU, shape: tuple[int, int]) -> bytes:
        """The frame of a question, whose answer has this function and this many bytes."""

    @abstractmethod
    def inside(self, frame: bytes, shape: tuple[int, int]) -> bytes | None:
        """The PDU in a frame; None for one that cannot answer the last question."""

    def read(self, address: int, count: int) -> bytes:
        """The question for this many words from an address on."""
        pdu = ReadHoldingRegistersRequest(address=address, count=count, dev_id=self.unit)
        return self.frame(pdu, (READ, 2 + 2 * count))

    def write(self, address: int, words: Sequence[int]) -> bytes:
        """The question that sets words from an address on; DriverError for what is no word."""
        if wrong := [word for word in words if not -0x8000 <= word <= 0xFFFF]:
            raise DriverError(f"{wrong[0]} does not fit into a 16-bit register. Nothing was sent.")
        registers = [int(word) & 0xFFFF for word in words]
        pdu = WriteMultipleRegistersRequest(address=address, registers=registers, dev_id=self.unit)
        return self.frame(pdu, (WRITE, 5))

    def words(self, frame: bytes, count: int) -> list[int] | Refused | None:
        """The words that a frame brings, 0 to 65535; None when it does not answer `read`."""
        answer = self._answer(frame, (READ, 2 + 2 * count))
        if isinstance(answer, ReadHoldingRegistersResponse):
            return list(answer.registers) if len(answer.registers) == count else None
        return answer if isinstance(answer, Refused) else None

    def written(self, frame: bytes, address: int, count: int) -> bool | Refused | None:
        """Whether a frame says that `write` is done; None when it answers something else."""
        answer = self._answer(frame, (WRITE, 5))
        if isinstance(answer, WriteMultipleRegistersResponse):
            return True if (answer.address, answer.count) == (address, count) else None
        return answer if isinstance(answer, Refused) else None

    def _answer(self, frame: bytes, shape: tuple[int, int]) -> ModbusPDU | Refused | None:
        pdu = self.inside(frame, shape)
        if pdu is None:
            return None
        if (pdu[0], len(pdu)) == (shape[0] | EXCEPTION, 2):
            return Refused(pdu[1])
        return _DECODER.decode(pdu) if (pdu[0], len(pdu)) == shape else None


class ModbusRtu(Modbus):
    """PDUs on a serial line: unit, PDU, CRC."""

    def frame(self, pdu: ModbusPDU, shape: tuple[int, int]) -> bytes:  # noqa: ARG002
        """Unit, PDU, CRC."""
        return _RTU.buildFrame(pdu)

    def inside(self, frame: bytes, shape: tuple[int, int]) -> bytes | None:  # noqa: ARG002
        """The PDU between unit and CRC."""
        return frame[1:-2]

    def parser(self) -> Parser:
        """Cuts a serial line's bytes into this device's frames whose CRC is right."""
        return RtuParser(self.unit)


class ModbusTcp(Modbus):
    """PDUs in a TCP connection; the transaction id may be off by one, in either of two senses.

    By one, up or down; or the one of the question before, where that one was answered and wanted an
    answer of another shape, so that this cannot be a late or a repeated answer to it.
    """

    def __init__(self, unit: int) -> None:
        super().__init__(unit)
        self._asked, self._before = 0, 0
        self._shape, self._shape_before = (0, 0), (0, 0)

    def frame(self, pdu: ModbusPDU, shape: tuple[int, int]) -> bytes:
        """Transaction id, length, unit, PDU."""
        self._before, self._shape_before = self._asked, self._shape
        self._asked, self._shape = (self._asked + STRIDE) & 0xFFFF, shape
        pdu.transaction_id = self._asked
        return _SOCKET.buildFrame(pdu)

    def inside(self, frame: bytes, shape: tuple[int, int]) -> bytes | None:
        """The PDU after the header; the unit is not looked at, for devices do not."""
        (transaction,) = struct.unpack_from(">H", frame)
        if _near(transaction, self._asked):
            return frame[7:]
        of_before = _near(transaction, self._before) and self._shape_before != shape
        return frame[7:] if of_before and len(frame) - 7 == shape[1] else None

    def parser(self) -> Parser:
        """Cuts a connection's bytes into frames."""
        return TcpParser()


def _near(transaction: int, asked: int) -> bool:
    return (transaction - asked + 1) & 0xFFFF <= 2


class RtuParser(Cutter):
    """Answers to reads and writes, and refusals: unit, function, data, CRC.

    Args:
        unit: Whose frames; looked at first, so that noise seldom looks like a frame.
    """

    longest = 256

    def __init__(self, unit: int) -> None:
        super().__init__()
        self._unit = unit

    def size(self, begun: bytes) -> int | None:
        """From the function, and from the byte count of a read's answer."""
        if begun[0] != self._unit:
            return None
        if len(begun) < 3:
            return 0
        function = begun[1]
        if function in (READ | EXCEPTION, WRITE | EXCEPTION):
            return 5
        if function == WRITE:
            return 8
        return 5 + begun[2] if function == READ and 0 < begun[2] <= 250 else None

    def whole(self, frame: bytes) -> bool:
        """Whether the CRC is right."""
        return _RTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big"))


class TcpParser(Cutter):
    """Answers behind a header: transaction id, 0, length, unit."""

    longest = 260

    def size(self, begun: bytes) -> int | None:
        """From the header's length."""
        if len(begun) < 6:
            return None if begun[2:4].strip(b"\0") else 0
        protocol, length = struct.unpack_from(">HH", begun, 2)
        return 6 + length if protocol == 0 and 3 <= length <= 254 else None

    def whole(self, frame: bytes) -> bool:
        """Whether it answers a read or a write, or refuses one."""
        function = frame[7]
        if function == READ:
            return frame[8] == len(frame) - 9
        return function in (WRITE, READ | EXCEPTION, WRITE | EXCEPTION)
