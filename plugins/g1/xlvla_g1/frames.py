"""Frames of the G1: the two DDS messages as bytes, and the checksum in them; no I/O.

A frame is what DDS carries: four bytes that name the encoding (plain CDR, little-endian), then the
fields in the order of the IDL. Motors stand every 28 bytes in a command and every 56 in a state.

Source:
    unitreerobotics/unitree_sdk2_python 37116c5: unitree_hg IDL (LowCmd_, LowState_, MotorCmd_,
    MotorState_, IMUState_) and `utils/crc.py`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

ENCODING = b"\x00\x01\x00\x00"
"""Plain CDR, little-endian, no options."""
COMMAND_BYTES = 1004
STATE_BYTES = 2092

WAIST = slice(12, 15)
"""Motors of the waist: yaw, roll, pitch."""
LEFT = slice(15, 22)
RIGHT = slice(22, 29)
"""Motors of an arm: shoulder pitch, roll, yaw, elbow, wrist roll, pitch, yaw."""
UPPER = slice(WAIST.start, RIGHT.stop)
"""All motors that a command moves."""
UPPER_JOINTS = RIGHT.stop - WAIST.start
WEIGHT = 29
"""Motor that is none: its q is how much `rt/arm_sdk` counts against the robot's own service."""
ENABLED = 1
"""A motor's mode when it is driven; 0 when it is not."""

# Motor 0 has its mode elsewhere: its byte follows the message's own two without a gap, at byte 6 of
# a command and 74 of a state. It is a leg's, which nothing here reads or writes.
_MOTOR_CMD = np.dtype(
    {
        "names": ["mode", "q", "dq", "tau", "kp", "kd", "reserve"],
        "formats": ["u1", "<f4", "<f4", "<f4", "<f4", "<f4", "<u4"],
        "offsets": [0, 4, 8, 12, 16, 20, 24],
        "itemsize": 28,
    }
)
_COMMAND = np.dtype(
    {
        "names": ["encoding", "motors", "mode_pr", "mode_machine", "reserve", "crc"],
        "formats": ["S4", (_MOTOR_CMD, 35), "u1", "u1", ("<u4", 4), "<u4"],
        "offsets": [0, 4, 4, 5, 984, 1000],
        "itemsize": COMMAND_BYTES,
    }
)
_MOTOR_STATE = np.dtype(
    {
        "names": ["mode", "q", "dq", "tau_est", "temperature", "motorstate"],
        "formats": ["u1", "<f4", "<f4", "<f4", ("<i2", 2), "<u4"],
        "offsets": [0, 4, 8, 16, 20, 36],
        "itemsize": 56,
    }
)
_STATE = np.dtype(
    {
        "names": ["version", "mode_pr", "mode_machine", "tick", "motors", "crc"],
        "formats": [("<u4", 2), "u1", "u1", "<u4", (_MOTOR_STATE, 35), "<u4"],
        "offsets": [4, 12, 13, 16, 72, 2088],
        "itemsize": STATE_BYTES,
    }
)
# What is between fields counts as zero, whatever the wire has there.
_STATE_FIELDS = np.full(2088, 0xFF, np.uint8)
_STATE_FIELDS[
    [10, 11, 70, 71, *(72 + 56 * motor + gap for motor in range(35) for gap in (1, 2, 3))]
] = 0
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class State:
    """What one `rt/lowstate` message says.

    Attributes:
        version: Two numbers of the robot's software.
        mode_pr: How waist and ankles are counted: 0 pitch and roll, 1 their two motors.
        mode_machine: Which G1 it is.
        tick: The robot's counter, rising until it starts anew.
        q: Positions of the waist and both arms, motors 12 to 28 [rad].
        dq: Their velocities [rad/s].
        torque: Their torques as the robot estimates them [N m].
        temperature: The hotter of each motor's two sensors, casing and winding [deg C].
        mode: 1 for a motor that is driven, 0 for one that is not.
        fault: Each motor's fault word; 0 is none, the maker documents no bit of it.
    """

    version: tuple[int, int]
    mode_pr: int
    mode_machine: int
    tick: int
    q: Float[np.ndarray, " 17"]
    dq: Float[np.ndarray, " 17"]
    torque: Float[np.ndarray, " 17"]
    temperature: Float[np.ndarray, " 17"]
    mode: UInt8[np.ndarray, " 17"]
    fault: np.ndarray


def crc(words: bytes) -> int:
    """The maker's checksum over little-endian words of 32 bits, each taken from its top bit.

    Polynomial 04C11DB7, start FFFFFFFF, no final XOR: the mirror image of zlib's, but for its last step.
    """
    mirrored = np.frombuffer(words, "<u4").byteswap().tobytes().translate(_REVERSED_BITS)
    return int(f"{zlib.crc32(mirrored) ^ 0xFFFFFFFF:032b}"[::-1], 2)


def command_frame(
    mode_machine: int,
    q: Float[np.ndarray, " 17"],
    kp: Float[np.ndarray, " 17"],
    kd: Float[np.ndarray, " 17"],
    weight: float,
) -> bytes:
    """One `rt/arm_sdk` message for the waist and both arms.

    Args:
        mode_machine: As the robot's state says it.
        q: Targets of motors 12 to 28 [rad].
        kp: Stiffness [N m/rad].
        kd: Damping [N m s/rad].
        weight: How much it counts, 0 to 1.
    """
    message = np.zeros((), _COMMAND)
    message["encoding"] = ENCODING
    message["mode_machine"] = mode_machine
    motors = message["motors"]
    motors["mode"][UPPER] = ENABLED
    motors["q"][UPPER], motors["kp"][UPPER], motors["kd"][UPPER] = q, kp, kd
    motors["q"][WEIGHT] = weight
    frame = message.tobytes()
    return frame[:-4] + crc(_command_words(frame)).to_bytes(4, "little")


def parse_state(frame: bytes) -> State | None:
    """What a `rt/lowstate` message says; None when it is damaged."""
    if len(frame) != STATE_BYTES or not frame.startswith(ENCODING):
        return None
    message = np.frombuffer(frame, _STATE)[0]
    if crc(_state_words(frame)) != message["crc"]:
        return None
    motors = message["motors"][UPPER]
    q, dq, torque = (motors[name].astype(float) for name in ("q", "dq", "tau_est"))
    if not np.isfinite([q, dq, torque]).all():
        return None
    return State(
        (int(message["version"][0]), int(message["version"][1])),
        int(message["mode_pr"]),
        int(message["mode_machine"]),
        int(message["tick"]),
        q,
        dq,
        torque,
        motors["temperature"].max(axis=1).astype(float),
        motors["mode"],
        motors["motorstate"],
    )


# The checksum is over the structures as a C compiler lays them out, where motor 0 begins at a word.
def _command_words(frame: bytes) -> bytes:
    return frame[4:6] + bytes(2) + frame[6:7] + bytes(3) + frame[8:-4]


def _state_words(frame: bytes) -> bytes:
    image = frame[4:74] + bytes(2) + frame[74:75] + bytes(3) + frame[76:-4]
    return (np.frombuffer(image, np.uint8) & _STATE_FIELDS).tobytes()
