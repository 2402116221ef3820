"""Frames of the XHAND1 on RS485: bytes and the values they hold; nothing is sent here.

A frame is `55 AA source destination command length(2) data... crc(2)`, little-endian; the length
counts the data alone.

Source: frames of the maker's package `xhand_controller` 1.1.7 (jefferzn2001/XhandControl@f244afd),
written down as it spoke to a pseudo-terminal.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from xlvla_sdk.drivers import Cutter

BAUD = 3_000_000
HEADER = b"\x55\xaa"
HOST, BROADCAST = 0xFE, 0xFF
PALM = 0x80
"""The palm board's address is this plus the hand's id."""
THUMB_SENSOR = 0x11
"""Touch sensors are 11 to 15 (hex), thumb to pinky."""
HIGHEST_ID = 0x7D
"""The ids above would be the host's address and everybody's."""
JOINTS, FINGERS = 12, 5
LONGEST = 2208
"""Data of the longest frame there is, the state of the whole hand."""
ENDS = 9
"""Bytes of a frame that are no data."""
HIGHEST_GAIN, HIGHEST_TORQUE = 0x7FFF, 0xFFFF


class Command(IntEnum):
    """What a frame is about; those that firmware is updated with are left out."""

    JOINTS = 0x02
    ZERO_TOUCH = 0x12
    VERSION = 0x13
    READ = 0x15
    WRITE = 0x16


class Mode(IntEnum):
    """What a joint's motor does; the maker's package sends a third, 5, which is not used here."""

    POWERLESS = 0
    POSITION = 3


class Register(IntEnum):
    """Where in the palm board's memory a thing stands."""

    SIDE = 20  # 'L' or 'R'
    SERIAL = 21  # 32 bytes of text
    SILENT = 206  # not 0: the hand keeps its states to itself


SERIAL_LENGTH = 32


@dataclass(frozen=True)
class Gains:
    """How hard joints go for their targets.

    Attributes:
        kp: Proportional gain, unitless.
        ki: Integral gain.
        kd: Derivative gain.
        torque: Greatest torque, in the hand's own counts.
    """

    kp: int = 100  # these four: the example that comes with the maker's package
    ki: int = 0
    kd: int = 0
    torque: int = 300


@dataclass(frozen=True)
class Frame:
    """One whole frame, as `XHandParser` found it.

    Attributes:
        source: Who sent it.
        destination: Who it is for.
        command: What it is about.
        data: The rest.
    """

    source: int
    destination: int
    command: int
    data: bytes

    @staticmethod
    def of(whole: bytes) -> Frame:
        """The parts of a whole frame."""
        return Frame(whole[2], whole[3], whole[4], whole[7:-2])


JOINT = np.dtype(
    [
        ("id", "<u2"),
        ("kp", "<i2"),
        ("ki", "<i2"),
        ("kd", "<i2"),
        ("position", "<f4"),  # [rad], the URDF's sign and zero
        ("torque", "<u2"),
        ("mode", "<u2"),
        ("reserved", "<u2", 4),
    ]
)
"""`FingerCommand_t` of the maker's header 0.10.3 (yoimika/xhand_control_python@b61a82d)."""


def encode(destination: int, command: int, data: bytes = b"") -> bytes:
    """A frame from the host."""
    begin = HEADER + struct.pack("<BBBH", HOST, destination, command, len(data)) + data
    return begin + _sum(begin)


def command_joints(
    hand: int, positions: np.ndarray, gains: Gains, mode: Mode = Mode.POSITION
) -> bytes:
    """Targets of all joints; the hand answers it with its state.

    Args:
        hand: The hand's id.
        positions: Targets [rad], finite, by the hand's joint numbers.
        gains: How hard they are gone for.
        mode: What the motors do.
    """
    joints = np.zeros(JOINTS, JOINT)
    joints["id"] = np.arange(JOINTS)
    joints["kp"], joints["ki"], joints["kd"] = gains.kp, gains.ki, gains.kd
    joints["position"] = positions
    joints["torque"] = gains.torque
    joints["mode"] = mode
    return encode(PALM | hand, Command.JOINTS, joints.tobytes())


def powerless(hand: int) -> bytes:
    """Lets go of all joints; the hand answers it with its state, too."""
    return command_joints(hand, np.zeros(JOINTS), Gains(0, 0, 0, 0), Mode.POWERLESS)


def read_registers(hand: int, register: int, length: int) -> bytes:
    """Asks for some bytes of the palm board's memory."""
    return encode(PALM | hand, Command.READ, struct.pack("<HH", register, length))


def write_registers(hand: int, register: int, data: bytes) -> bytes:
    """Sets some bytes of the palm board's memory."""
    return encode(PALM | hand, Command.WRITE, struct.pack("<H", register) + data)


def who_is_there() -> bytes:
    """Asks every hand on the line for what it says of itself, from its side on."""
    return encode(BROADCAST, Command.READ, struct.pack("<HH", Register.SIDE, 186))


def version(board: int) -> bytes:
    """Asks a board (a joint's number, or the palm's address) for its firmware's version."""
    return encode(board, Command.VERSION)


def zero_touch(finger: int) -> bytes:
    """Makes what a touch sensor feels now its zero; fingers count from the thumb."""
    return encode(THUMB_SENSOR + finger, Command.ZERO_TOUCH)


def registers(frame: Frame, register: int, length: int) -> bytes | None:
    """The bytes that a read was answered with; None for another answer."""
    asked = struct.pack("<HH", register, length)
    whole = len(frame.data) == len(asked) + length
    return frame.data[len(asked) :] if whole and frame.data.startswith(asked) else None


def text(data: bytes) -> str:
    """Text of a fixed length, as far as it goes."""
    return data.split(b"\0")[0].decode("ascii", "replace").strip()


class XHandParser(Cutter):
    """Cuts bytes into whole frames with a right sum, whoever they are for."""

    longest = ENDS + LONGEST

    def size(self, begun: bytes) -> int | None:
        """The header, and a length that a frame may have."""
        if not HEADER.startswith(begun[: len(HEADER)]):
            return None
        if len(begun) < ENDS - 2:
            return 0
        size = ENDS + int.from_bytes(begun[5:7], "little")
        return size if size <= self.longest else None

    def whole(self, frame: bytes) -> bool:
        """Its sum."""
        return _sum(frame[:-2]) == frame[-2:]


def _sum(data: bytes) -> bytes:
    return struct.pack("<H", binascii.crc_hqx(data, 0))  # polynomial 1021 (hex), begins at 0
