"""The robot's side of the bytes: commands unpacked, states packed, both with the maker's checksum.

Written from the messages' IDL with `struct`, apart from the driver's `frames`: field by field, and the
checksum from the fact that it is linear in its bytes.

Source:
    unitreerobotics/unitree_sdk2_python 37116c5: unitree_hg IDL, `utils/crc.py`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

MOTORS = 35
PLAIN_CDR = b"\0\1\0\0"

# As DDS packs them: a field begins at a multiple of its own size, a structure nowhere in particular.
_TOLD = struct.Struct("<4s BB Bx5fI" + 34 * "B3x5fI" + "4I I")
_SAID = struct.Struct("<4s 2I BBxx I 13fh Bx4f2hf2II4I" + 34 * "B3x4f2hf2II4I" + "40s 4I I")
# As a C compiler lays them out: structures begin at words. The checksum is over these, without itself.
_TOLD_IN_C = struct.Struct("<BBxx" + MOTORS * "B3x5fI" + "4I")
_SAID_IN_C = struct.Struct("<2I BBxx I 13fhxx" + MOTORS * "B3x4f2hf2II4I" + "40s 4I")


@dataclass(frozen=True)
class MotorWords:
    """What a command says of its 35 motors, column by column.

    Attributes:
        mode: 1 drives a motor.
        q: Targets [rad]; of motor 29 the weight.
        tau: Torques added [N m].
        kp: Stiffness [N m/rad].
        kd: Damping [N m s/rad].
        mode_machine: For which G1 it is.
    """

    mode: np.ndarray
    q: np.ndarray
    tau: np.ndarray
    kp: np.ndarray
    kd: np.ndarray
    mode_machine: int


class Checksum:
    """The checksum of messages of one length: each byte adds its own term, whatever the others are."""

    POLYNOMIAL = 0x04C11DB7

    def __init__(self, length: int) -> None:
        after = np.arange(256, dtype=np.uint64) << np.uint64(24)
        for _ in range(8):
            top = after >> np.uint64(31)
            after = ((after << np.uint64(1)) & np.uint64(0xFFFFFFFF)) ^ top * np.uint64(
                self.POLYNOMIAL
            )
        one_byte = after
        self._terms = np.zeros((length, 256), np.uint64)
        self._of_zeros = 0xFFFFFFFF
        for place in reversed(range(length)):
            self._terms[place] = after
            after = self._pass_zero(after, one_byte)
            self._of_zeros = int(self._pass_zero(np.uint64(self._of_zeros), one_byte))
        self._places = np.arange(length)

    def __call__(self, image: bytes) -> int:
        """Of a message as C lays it out, without its last word."""
        swapped = np.frombuffer(image, ">u4").astype("<u4").view(np.uint8)
        return self._of_zeros ^ int(np.bitwise_xor.reduce(self._terms[self._places, swapped]))

    @staticmethod
    def _pass_zero(register, one_byte):
        shifted = (register << np.uint64(8)) & np.uint64(0xFFFFFFFF)
        return shifted ^ one_byte[np.asarray(register >> np.uint64(24), np.intp)]


_CHECK_TOLD, _CHECK_SAID = Checksum(_TOLD_IN_C.size), Checksum(_SAID_IN_C.size)


def unpack_told(data: bytes) -> MotorWords | None:
    """A command; None for one that is damaged."""
    if len(data) != _TOLD.size or not data.startswith(PLAIN_CDR):
        return None
    _, *fields, crc = _TOLD.unpack(data)
    if _CHECK_TOLD(_TOLD_IN_C.pack(*fields)) != crc:
        return None
    motors = np.array(fields[2 : 2 + 7 * MOTORS], dtype=float).reshape(MOTORS, 7)
    mode, q, _, tau, kp, kd, _ = motors.T
    return MotorWords(mode, q, tau, kp, kd, fields[1])


def pack_said(
    tick: int,
    mode_machine: int,
    q: np.ndarray,
    dq: np.ndarray,
    tau: np.ndarray,
    temperature: np.ndarray,
    enabled: np.ndarray,
    faults: np.ndarray,
    mode_pr: int = 0,
    version: tuple[int, int] = (1, 0),
) -> bytes:
    """A state of 35 motors: positions [rad], velocities, torques [N m], casing and winding [deg C]."""
    upright = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.81, 0.0, 0.0, 0.0, 30)
    columns = zip(
        *(column.tolist() for column in (enabled, q, dq, tau, temperature, faults)), strict=True
    )
    motors: list[float] = []
    for on, at, speed, torque, (casing, winding), fault in columns:
        motors += (on, at, speed, 0.0, torque, casing, winding, 48.0, 0, 0, fault, 0, 0, 0, 0)
    fields = [*version, mode_pr, mode_machine, tick, *upright, *motors, bytes(40), 0, 0, 0, 0]
    return _SAID.pack(PLAIN_CDR, *fields, _CHECK_SAID(_SAID_IN_C.pack(*fields)))
