"""The emulated control box answers as the vendor's protocol has it, byte for byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_xarm import arm
from xlvla_xarm.emulated_arm import EmulatedArm
from xlvla_xarm.emulator import VERSION
from xlvla_xarm.firmware import LONGEST, XArmFirmware

from xlvla_sdk.testing import EmulatedJoints, Faults

LIMITS = arm().limits

# Worked frames, captured from the SDK 1.18.4 talking to a controller of firmware below 1.10.
ENABLE = bytes.fromhex("0001 0002 0003 0B 08 01")
SERVO_MODE = bytes.fromhex("0002 0002 0002 13 01")
READY = bytes.fromhex("0003 0002 0002 0C 00")
SERVO = bytes.fromhex(
    "0004 0002 0029 1D CDCCCC3D CDCC4C3E 9A99993E CDCCCC3E 0000003F 9A99193F 3333333F" + 12 * "00"
)
POSITIONS = bytes.fromhex("0005 0002 0001 2A")


@pytest.fixture
def firmware() -> XArmFirmware:
    lower, upper = LIMITS
    joints = EmulatedJoints(lower, upper, 3.14, 0.1 * np.arange(1, 8), 0.01)
    return XArmFirmware(EmulatedArm(joints, VERSION), Faults())


def ask(firmware: XArmFirmware, request: bytes, now: float = 0.0) -> bytes:
    [(_, reply)] = firmware.receive(request, now)
    return reply


def test_the_worked_frames_start_and_move_the_arm(firmware: XArmFirmware):
    # Replies: the header with its own length, the register, the state byte (10: not ready).
    assert ask(firmware, ENABLE) == bytes.fromhex("0001 0002 0002 0B 10")
    assert ask(firmware, SERVO_MODE) == bytes.fromhex("0002 0002 0002 13 10")
    assert ask(firmware, READY) == bytes.fromhex("0003 0002 0002 0C 00")
    assert ask(firmware, SERVO) == bytes.fromhex("0004 0002 0002 1D 00")
    told = ask(firmware, POSITIONS)
    assert told[:8] == bytes.fromhex("0005 0002 001E 2A 00")
    assert told[8:] == SERVO[7:35]  # it stands there already, as float32
    assert firmware.arm.mode == 1
    assert not firmware.joints.violations


def test_a_mode_without_a_state_leaves_it_not_ready(firmware: XArmFirmware):
    for request in (ENABLE, SERVO_MODE, READY):
        ask(firmware, request)
    assert ask(firmware, SERVO_MODE)[7] == 0x10
    assert ask(firmware, SERVO)[7] == 0x10
    assert ask(firmware, bytes.fromhex("0006 0002 0001 0D"))[8] == 5


def test_joint_states_give_as_many_kinds_as_asked_for(firmware: XArmFirmware):
    told = ask(firmware, bytes.fromhex("0001 0002 0002 2A 03"))
    values = np.frombuffer(told[8:], "<f4").reshape(3, 7)
    assert values[0] == pytest.approx(0.1 * np.arange(1, 8))
    assert values[1] == pytest.approx(0.0)
    assert values[2] == pytest.approx(firmware.arm.torque)


def test_a_target_outside_is_error_23_and_noted(firmware: XArmFirmware):
    for request in (ENABLE, SERVO_MODE, READY):
        ask(firmware, request)
    target = struct.pack("<10f", 0.1, 3.0, *[0.0] * 8)
    assert ask(firmware, SERVO[:7] + target)[7] == 0x40 | 0x10
    assert firmware.arm.error == 23
    assert firmware.joints.violations


def test_a_first_target_far_away_is_error_24(firmware: XArmFirmware):
    for request in (ENABLE, SERVO_MODE, READY):
        ask(firmware, request)
    assert ask(firmware, SERVO[:7] + struct.pack("<10f", *[0.6] * 10))[7] == 0x40 | 0x10
    assert firmware.arm.error == 24


def test_an_error_is_cleared_only_when_its_cause_is_gone(firmware: XArmFirmware):
    clear = bytes.fromhex("0001 0002 0001 10")
    firmware.arm.press(0.0)
    assert ask(firmware, clear)[7] == 0x40 | 0x10
    firmware.arm.button = False
    assert ask(firmware, clear)[7] == 0x10
    assert ask(firmware, bytes.fromhex("0001 0002 0001 0F"))[8:] == b"\0\0"


def test_an_unknown_register_is_invalid(firmware: XArmFirmware):
    assert ask(firmware, bytes.fromhex("0001 0002 0001 FA"))[7] & 0x08


def test_a_heartbeat_has_no_reply_and_modbus_is_told_that_it_is_not_there(firmware: XArmFirmware):
    assert firmware.receive(bytes.fromhex("0000 0001 0002 0000"), 0.0) == []
    read_registers = bytes.fromhex("0009 0000 0006 01 03 0000 0001")
    assert ask(firmware, read_registers) == bytes.fromhex("0009 0000 0003 01 83 01")


def test_connections_are_kept_apart(firmware: XArmFirmware):
    assert firmware.receive(POSITIONS[:4], 0.0, client=1) == []
    assert len(firmware.receive(POSITIONS, 0.0, client=2)) == 1
    assert len(firmware.receive(POSITIONS[4:], 0.0, client=1)) == 1


@given(st.lists(st.binary(max_size=600), max_size=10))
def test_noise_raises_nothing_and_is_not_kept(pieces: list[bytes]):
    lower, upper = LIMITS
    firmware = XArmFirmware(EmulatedArm(EmulatedJoints(lower, upper, 3.14), VERSION), Faults())
    for piece in pieces:
        firmware.receive(piece, 0.0)
        assert len(firmware._left[0]) <= LONGEST + 6
