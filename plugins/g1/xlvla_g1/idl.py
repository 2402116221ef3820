"""The two messages as DDS knows them: their names and fields, by which peers find each other.

cyclonedds packs such classes field by field in Python, which takes a millisecond; here the bytes are
made and read by `frames`, and the classes only carry them.

Source:
    unitreerobotics/unitree_sdk2_python 37116c5, unitree_hg IDL.
"""

# pyright: reportInvalidTypeArguments=false

from dataclasses import dataclass
from typing import Any

from cyclonedds.idl import IdlStruct
from cyclonedds.idl.annotations import autoid, final
from cyclonedds.idl.types import array, float32, int16, uint8, uint32


@dataclass
@final
@autoid("sequential")
class MotorCmd_(IdlStruct, typename="unitree_hg.msg.dds_.MotorCmd_"):  # noqa: N801
    """What one motor is told."""

    mode: uint8
    q: float32
    dq: float32
    tau: float32
    kp: float32
    kd: float32
    reserve: uint32


@dataclass
@final
@autoid("sequential")
class LowCmd_(IdlStruct, typename="unitree_hg.msg.dds_.LowCmd_"):  # noqa: N801
    """What all motors are told."""

    mode_pr: uint8
    mode_machine: uint8
    motor_cmd: array[MotorCmd_, 35]
    reserve: array[uint32, 4]
    crc: uint32

    @classmethod
    def carrying(cls, frame: bytes) -> "LowCmd_":
        """A message whose bytes are made already; it has no fields."""
        message = cls.__new__(cls)
        vars(message)["frame"] = frame
        return message

    def serialize(self, *args: Any, **kwargs: Any) -> bytes:
        """The bytes it carries, else what cyclonedds makes of its fields."""
        return vars(self).get("frame") or super().serialize(*args, **kwargs)


@dataclass
@final
@autoid("sequential")
class IMUState_(IdlStruct, typename="unitree_hg.msg.dds_.IMUState_"):  # noqa: N801
    """What the pelvis' inertial unit measures."""

    quaternion: array[float32, 4]
    gyroscope: array[float32, 3]
    accelerometer: array[float32, 3]
    rpy: array[float32, 3]
    temperature: int16


@dataclass
@final
@autoid("sequential")
class MotorState_(IdlStruct, typename="unitree_hg.msg.dds_.MotorState_"):  # noqa: N801
    """What one motor says."""

    mode: uint8
    q: float32
    dq: float32
    ddq: float32
    tau_est: float32
    temperature: array[int16, 2]
    vol: float32
    sensor: array[uint32, 2]
    motorstate: uint32
    reserve: array[uint32, 4]


@dataclass
@final
@autoid("sequential")
class LowState_(IdlStruct, typename="unitree_hg.msg.dds_.LowState_"):  # noqa: N801
    """What the robot says."""

    version: array[uint32, 2]
    mode_pr: uint8
    mode_machine: uint8
    tick: uint32
    imu_state: IMUState_
    motor_state: array[MotorState_, 35]
    wireless_remote: array[uint8, 40]
    reserve: array[uint32, 4]
    crc: uint32

    @classmethod
    def deserialize(cls, data: bytes, *args: Any, **kwargs: Any) -> "LowState_":  # noqa: ARG003
        """A message that carries its bytes unread, as `frame`; it has no fields."""
        message = cls.__new__(cls)
        vars(message)["frame"] = data
        return message
