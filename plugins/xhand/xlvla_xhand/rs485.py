"""Rs485Hand: the XHAND1 on RS485, 3 Mbaud, without the maker's package.

Source: frames as the maker's package 1.1.7 sends them (jefferzn2001/XhandControl@f244afd).
"""

from __future__ import annotations

import time

import numpy as np

from xlvla_sdk.drivers import Counts, Identity, Link, Transport
from xlvla_sdk.errors import DriverError
from xlvla_xhand import frames
from xlvla_xhand.frames import HOST, PALM, Command, Frame, Gains, Mode, Register, XHandParser
from xlvla_xhand.reply import HandReply, decode
from xlvla_xhand.wire import HandWire, side_of

LISTEN_S = 0.1
"""How long hands are waited for that are asked who is there [s]."""
MEND = (
    "Check power, that A and B are not swapped, the baud rate (3000000), and that no EtherCAT cable "
    "is in: the hand serves one of its wires at a time."
)


class Rs485Hand(HandWire):
    """One hand with an id, alone on a line.

    Args:
        transport: The line.
        hand: The hand's id.
        who: What messages call it.
        timeout_s: How long one try waits for an answer [s].
    """

    def __init__(self, transport: Transport, hand: int, who: str, timeout_s: float) -> None:
        self._transport = transport
        self._hand = hand
        self._who = who
        self.link = Link(transport, XHandParser(), who, timeout_s, mend=MEND)

    @property
    def counts(self) -> Counts:
        """What happened on the line."""
        return self.link.counts

    def open(self) -> Identity:
        """Opens the line, has the hand speak, and asks it who it is."""
        self._transport.open()
        self._end_silence()
        about = self._read(Register.SIDE, 1 + frames.SERIAL_LENGTH, "its side and serial number")
        firmware = self.link.ask(
            frames.version(PALM | self._hand),
            lambda whole: self._data(whole, Command.VERSION),
            "its version",
        )
        side = side_of(frames.text(about[:1]), self._who)
        serial, version = frames.text(about[1:]), frames.text(firmware)
        return Identity(side=side, serial=serial or None, firmware=version or None)

    def close(self) -> None:
        """Closes the line."""
        self._transport.close()

    def move(self, positions: np.ndarray, gains: Gains, mode: Mode) -> HandReply:
        """One exchange: 297 bytes there, 2217 back, 8.4 ms on the line."""
        return self.link.ask(
            frames.command_joints(self._hand, positions, gains, mode),
            self._state,
            "a command",
        )

    def zero_touch(self, finger: int) -> None:
        """Sent without waiting: whether the sensor answers is not documented."""
        self.link.send(frames.zero_touch(finger))

    def _end_silence(self) -> None:
        """As the maker's package does before anything else."""
        try:
            silent = self._read(Register.SILENT, 1, "whether it is silent")
        except DriverError as error:
            raise DriverError(f"{error.message}{self._others()}") from error
        if silent == b"\0":
            return
        # whether a write is answered is not documented: read again instead
        self.link.send(frames.write_registers(self._hand, Register.SILENT, b"\0"))
        if self._read(Register.SILENT, 1, "whether it is silent") != b"\0":
            raise DriverError(
                f"{self._who}: it stays silent: its register {Register.SILENT} cannot be cleared. "
                "Switch it off and on."
            )

    def _others(self) -> str:
        """Who else answers on this line, to say after an error; nothing when nobody does."""
        there = who_is_there(self._transport)
        if not there:
            return ""
        return f" Hands with other ids answer here: write ?id={' or ?id='.join(map(str, there))}."

    def _read(self, register: int, length: int, what: str) -> bytes:
        def answer(whole: bytes) -> bytes | None:
            if self._data(whole, Command.READ) is None:
                return None
            return frames.registers(Frame.of(whole), register, length)

        return self.link.ask(
            frames.read_registers(self._hand, register, length), answer, f"a read of {what}"
        )

    def _state(self, whole: bytes) -> HandReply | None:
        data = self._data(whole, Command.JOINTS)
        return None if data is None else decode(data, self._who)

    def _data(self, whole: bytes, command: int) -> bytes | None:
        """The data of an answer to us by this hand; None for any other frame."""
        frame = Frame.of(whole)
        ours = (frame.source, frame.destination) == (PALM | self._hand, HOST)
        return frame.data if ours and frame.command == command else None


def who_is_there(transport: Transport, listen_s: float = LISTEN_S) -> list[int]:
    """The ids of the hands on an open line; they are asked all at once."""
    parser, found = XHandParser(), set[int]()
    transport.discard()
    transport.write(frames.who_is_there())
    deadline = time.monotonic() + listen_s
    while (left := deadline - time.monotonic()) > 0.0:
        for whole in parser.feed(transport.read(left)):
            frame = Frame.of(whole)
            if frame.destination == HOST and frame.command == Command.READ:
                found.add(frame.source & ~PALM)
    return sorted(found)
