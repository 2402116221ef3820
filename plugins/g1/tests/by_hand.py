"""Commands made a third way: cyclonedds packs the fields, the checksum goes bit by bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from xlvla_g1 import idl


def bit_by_bit(words: bytes) -> int:
    """The maker's checksum as it is described."""
    register = 0xFFFFFFFF
    for start in range(0, len(words), 4):
        word = int.from_bytes(words[start : start + 4], "little")
        for bit in range(31, -1, -1):
            top = register >> 31
            register = (register << 1) & 0xFFFFFFFF
            register ^= 0x04C11DB7 * (top ^ (word >> bit & 1))
    return register


def in_c(frame: bytes) -> bytes:
    """A command's fields as a C compiler lays them out, by numpy's own rules for that."""
    motor = np.dtype(
        [("mode", "u1"), *((name, "f4") for name in ("q", "dq", "tau", "kp", "kd")), ("r", "u4")],
        align=True,
    )
    layout = np.dtype(
        [("pr", "u1"), ("machine", "u1"), ("motors", motor, 35), ("r", "u4", 4)], align=True
    )
    told: Any = idl.LowCmd_.deserialize(frame)
    image = np.zeros((), layout)
    image["pr"], image["machine"], image["r"] = told.mode_pr, told.mode_machine, told.reserve
    for index, said in enumerate(told.motor_cmd):
        image["motors"][index] = tuple(vars(said).values())
    return image.tobytes()


def command(
    motors: Mapping[int, Mapping[str, float]], mode_machine: int = 5, spoil: int = 0
) -> bytes:
    """A command that tells some of the 35 motors something, and the others nothing.

    Args:
        motors: Fields of motors by their index.
        mode_machine: For which G1 it is.
        spoil: What the checksum is changed by.
    """
    fields = dict.fromkeys(("mode", "q", "dq", "tau", "kp", "kd", "reserve"), 0)
    motor: Any = idl.MotorCmd_
    message: Any = idl.LowCmd_  # its arrays take lists, whatever its annotations say
    told = [motor(**(fields | dict(motors.get(i, {})))) for i in range(35)]
    bare = message(0, mode_machine, told, [0] * 4, 0).serialize()
    return message(0, mode_machine, told, [0] * 4, bit_by_bit(in_c(bare)) ^ spoil).serialize()
