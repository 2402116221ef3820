"""The emulated Ability Hand, byte by byte and by its own clock.

Worked frames as in test_ability_frames.py, which tests the driver's side with them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_ability.emulator import COUNT, RANGE, AbilityFirmware

ALL_ZERO = bytes.fromhex("7E 50 10 00 00 00 00 00 00 00 00 00 00 00 00 A0 7E")
SPREAD = bytes.fromhex("7E 50 10 CC 0C 99 19 66 26 32 33 10 11 CE CC 6A 7E")
ESCAPED = bytes.fromhex("7E 50 10 83 00 83 00 83 00 83 00 83 00 7D 5D FF 95 7E")
READ_1 = bytes.fromhex("7E 50 A0 10 7E")
READ_3 = bytes.fromhex("7E 50 A2 0E 7E")
UPSAMPLING = bytes.fromhex("7E 50 C2 EE 7E")
LEAVE = bytes.fromhex("7E 50 7C 34 7E")
READ_REGISTER_1 = bytes.fromhex("7E 50 DA 01 00 00 00 D5 7E")
WRITE_REGISTER_1 = bytes.fromhex("7E 50 DE 01 00 00 00 E8 03 00 00 E6 7E")
RECEIVED = bytes.fromhex(
    "7E 12 E7 27 11 00 62 2F 2B 00 D5 32 26 00 A1 31 E1 FF 8C 2B AC FF B2 DC FB FF 65 0C EE 08 A7 01"
    "24 FA 10 F6 C6 03 00 4E 7E"
)


def reply(firmware: AbilityFirmware, frame: bytes, now: float) -> bytes:
    ((_, answer),) = firmware.receive(frame, now)
    return answer


def bare(answer: bytes) -> bytes:
    """A reply without its stuffing."""
    body, out, escaped = answer[1:-1], bytearray(), False
    for byte in body:
        if byte == 0x7D:
            escaped = True
        else:
            out.append(byte ^ 0x20 if escaped else byte)
            escaped = False
    return bytes(out)


def test_it_moves_to_the_positions_of_the_makers_frame():
    firmware = AbilityFirmware()
    reply(firmware, SPREAD, 1.0)
    degrees = firmware.joints.position(3.0) * COUNT
    assert degrees == pytest.approx([15, 30, 45, 60, 20, -60], abs=0.005)
    assert firmware.joints.violations == []


def test_it_undoes_the_escapes_of_the_makers_frame():
    firmware = AbilityFirmware()
    reply(firmware, ESCAPED, 1.0)
    degrees = firmware.joints.position(3.0) * COUNT
    assert degrees == pytest.approx([0.6, 0.6, 0.6, 0.6, 0.6, -0.6], abs=0.005)


def test_it_says_what_the_makers_test_data_say():
    """The reply of variant 3: its positions, currents and rotor speeds, byte for byte."""
    firmware = AbilityFirmware()
    there = np.array([10215, 12130, 13013, 12705, 11148, -9038])
    rotor = np.array([3173, 2286, 423, -1500, -2544, 966]) / 4  # [rad/s]
    gears = np.array([649, 649, 649, 649, 649, 162.45])
    before = there - np.degrees(rotor / gears) * 32767 / 150 * 0.25
    firmware.joints.place(before)
    reply(firmware, READ_3, 1.0)
    firmware.joints.place(there)
    firmware.load = np.array([17, 43, 38, -31, -84, -5]) / 620.606079  # [A]
    targets = b"".join(int(count).to_bytes(2, "little", signed=True) for count in there)
    body = b"\x50\x12" + targets
    frame = b"\x7e" + body + bytes([-sum(body) & 0xFF]) + b"\x7e"
    assert reply(firmware, frame, 1.25) == RECEIVED


def test_touch_is_packed_as_the_makers_test_data_are():
    firmware = AbilityFirmware()
    firmware.touch[0, :4] = 0x08A, 0x095, 0x0BC, 0x32B
    firmware.touch[4, 4:] = 0x14C, 0x15F
    packed = bare(reply(firmware, READ_1, 1.0))[25:70]
    assert packed.startswith(bytes.fromhex("8A 50 09 BC B0 32"))
    assert packed.endswith(bytes.fromhex("4C F1 15"))


def test_registers_are_read_and_written():
    firmware = AbilityFirmware()
    assert bare(reply(firmware, WRITE_REGISTER_1, 1.0)) == bytes.fromhex("A4 FE 11 4E")
    body = bytes.fromhex("A4 FE 11 4E E8 03 00 00")
    assert bare(reply(firmware, READ_REGISTER_1, 1.0)) == body + bytes([-sum(body) & 0xFF])
    firmware.reboot(2.0)
    assert firmware.registers[1] == 3


@pytest.mark.parametrize("register", [0x0A, 0x3D, 0x3F])
def test_a_register_that_is_read_only_or_not_there_is_not_written(register: int):
    firmware = AbilityFirmware()
    body = bytes([0x50, 0xDE, register, 0, 0, 0, 1, 0, 0, 0])
    frame = b"\x7e" + body + bytes([-sum(body) & 0xFF]) + b"\x7e"
    assert bare(reply(firmware, frame, 1.0)) == bytes.fromhex("FF FF 17 FA")


def test_reading_starts_no_session_and_keeps_one_alive():
    firmware = AbilityFirmware()
    reply(firmware, READ_1, 1.0)
    assert not firmware.in_api(1.0)
    reply(firmware, SPREAD, 2.0)
    for step in range(10):
        reply(firmware, READ_1, 2.25 + 0.25 * step)
    assert firmware.in_api(4.7)
    assert firmware.sessions == 1


def test_unfed_it_leaves_api_mode_and_moves_by_itself():
    firmware = AbilityFirmware()
    reply(firmware, SPREAD, 1.0)
    there = firmware.joints.position(1.29).copy()
    assert firmware.in_api(1.29)
    assert not firmware.in_api(1.31)
    assert (np.abs(firmware.joints.position(3.0)) < np.abs(there)).all()
    assert firmware.ran_out == 1
    assert firmware.joints.violations == []


def test_told_to_leave_it_stays_where_it_is():
    firmware = AbilityFirmware()
    reply(firmware, SPREAD, 1.0)
    reply(firmware, LEAVE, 1.1)
    assert not firmware.in_api(1.1)
    assert firmware.joints.position(3.0) * COUNT == pytest.approx(
        [15, 30, 45, 60, 20, -60], abs=0.005
    )
    assert firmware.ran_out == 0


def test_upsampling_is_answered_in_the_last_variant_and_gone_after_a_reboot():
    firmware = AbilityFirmware()
    assert len(bare(reply(firmware, UPSAMPLING, 1.0))) == 72  # variant 1 at first, ICD 3.3.1
    assert firmware.upsampling
    reply(firmware, READ_3, 1.1)
    assert len(bare(reply(firmware, UPSAMPLING, 1.2))) == 39
    firmware.reboot(1.3)
    assert not firmware.upsampling
    assert not firmware.in_api(1.3)


def test_what_is_spoilt_or_for_another_hand_is_not_answered():
    firmware = AbilityFirmware()
    assert firmware.receive(SPREAD[:-2] + b"\x00\x7e", 1.0) == []
    assert firmware.receive(bytes.fromhex("7E 51 A2 0D 7E"), 1.0) == []
    assert not firmware.in_api(1.0)


def test_a_target_out_of_reach_is_noted():
    firmware = AbilityFirmware()
    body = b"\x50\x10" + b"\xff\x7f" * 6
    reply(firmware, b"\x7e" + body + bytes([-sum(body) & 0xFF]) + b"\x7e", 1.0)
    assert len(firmware.joints.violations) == 6
    assert (np.abs(firmware.joints.position(9.0)) <= RANGE).all()


def test_a_stuck_finger_raises_its_bit_while_it_is_told_to_move():
    firmware = AbilityFirmware()
    firmware.joints.stuck.add(2)
    assert bare(reply(firmware, SPREAD, 1.0))[-2] == 0b000100
    firmware.limited.add(5)
    assert bare(reply(firmware, SPREAD, 3.0))[-2] == 0b100100


def test_a_hand_that_unstuffs_nothing_does_not_answer_stuffed_frames():
    firmware = AbilityFirmware()
    firmware.unstuffs = firmware.stuffs = False
    assert firmware.receive(READ_3, 1.0) == []
    ((_, answer),) = firmware.receive(READ_3[1:-1], 1.1)
    assert len(answer) == 39


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_break_it(pieces: list[bytes]):
    firmware = AbilityFirmware()
    for number, piece in enumerate(pieces):
        firmware.receive(piece, 0.1 * number)
    firmware.receive(b"\x7e", 5.0)
    assert len(firmware.receive(ALL_ZERO, 5.0)) == 1
