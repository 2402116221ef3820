"""The robot's side of the two messages: their IDL, for cyclonedds, written from the maker's a second time.

What the driver and the emulated robot share is cyclonedds, nothing else: not these classes, not the
layout of bytes, not the checksum.

Source:
    unitreerobotics/unitree_sdk2_python 37116c5, unitree_hg IDL.
"""

# ruff: noqa: ARG002, ARG003
# pyright: reportInvalidTypeArguments=false

from dataclasses import dataclass

from cyclonedds.idl import IdlStruct, annotations, types

_MSG = "unitree_hg.msg.dds_."


@dataclass
@annotations.final
@annotations.autoid("sequential")
class MotorTold(IdlStruct, typename=_MSG + "MotorCmd_"):
    mode: types.uint8
    q: types.float32
    dq: types.float32
    tau: types.float32
    kp: types.float32
    kd: types.float32
    reserve: types.uint32


@dataclass
@annotations.final
@annotations.autoid("sequential")
class Told(IdlStruct, typename=_MSG + "LowCmd_"):
    """What the robot is told; it keeps the bytes that came."""

    mode_pr: types.uint8
    mode_machine: types.uint8
    motor_cmd: types.array[MotorTold, 35]
    reserve: types.array[types.uint32, 4]
    crc: types.uint32

    @classmethod
    def deserialize(cls, data, has_header=True, use_version_2=None):
        """The bytes as they came."""
        told = cls.__new__(cls)
        vars(told)["bytes"] = data
        return told


@dataclass
@annotations.final
@annotations.autoid("sequential")
class Inertial(IdlStruct, typename=_MSG + "IMUState_"):
    quaternion: types.array[types.float32, 4]
    gyroscope: types.array[types.float32, 3]
    accelerometer: types.array[types.float32, 3]
    rpy: types.array[types.float32, 3]
    temperature: types.int16


@dataclass
@annotations.final
@annotations.autoid("sequential")
class MotorSaid(IdlStruct, typename=_MSG + "MotorState_"):
    mode: types.uint8
    q: types.float32
    dq: types.float32
    ddq: types.float32
    tau_est: types.float32
    temperature: types.array[types.int16, 2]
    vol: types.float32
    sensor: types.array[types.uint32, 2]
    motorstate: types.uint32
    reserve: types.array[types.uint32, 4]


@dataclass
@annotations.final
@annotations.autoid("sequential")
class Said(IdlStruct, typename=_MSG + "LowState_"):
    """What the robot says; it is given its bytes."""

    version: types.array[types.uint32, 2]
    mode_pr: types.uint8
    mode_machine: types.uint8
    tick: types.uint32
    imu_state: Inertial
    motor_state: types.array[MotorSaid, 35]
    wireless_remote: types.array[types.uint8, 40]
    reserve: types.array[types.uint32, 4]
    crc: types.uint32

    @classmethod
    def of(cls, data: bytes) -> "Said":
        """A message of these bytes."""
        said = cls.__new__(cls)
        vars(said)["bytes"] = data
        return said

    def serialize(self, buffer=None, endianness=None, use_version_2=None):
        """The bytes it was given."""
        return vars(self)["bytes"]
