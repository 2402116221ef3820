"""Messages of the G1 as bytes: the driver's code, the emulated robot's, cyclonedds' own, and the checksum.

The worked checksums were made with the maker's shared library (unitree_sdk2_python 37116c5).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cyclonedds.idl import IdlStruct
from hypothesis import given
from hypothesis import strategies as st
from xlvla_g1 import emulated_bytes, emulated_types, frames, idl
from xlvla_g1.emulated_bytes import MOTORS, Checksum, pack_said, unpack_told
from xlvla_g1.frames import command_frame, crc, parse_state

from .by_hand import bit_by_bit, command, in_c

ALL_ZERO = 0xFE172F9F
ARMS_UP = 0xDA11A1F8


def worked_command() -> bytes:
    """Machine 5; motors 15 to 28 at 0.1 (i - 14), kp 60, kd 1.5; weight 1."""
    motors = {i: {"mode": 1, "q": 0.1 * (i - 14), "kp": 60.0, "kd": 1.5} for i in range(15, 29)}
    return command(motors | {29: {"q": 1.0}})


def some_state(
    tick: int = 7, enabled: np.ndarray | None = None, faults: np.ndarray | None = None
) -> bytes:
    """A state whose motor i stands at i / 10 rad."""
    at = np.arange(MOTORS) / 10
    heat = np.stack([np.full(MOTORS, 30), np.arange(MOTORS)], axis=1)
    on = np.ones(MOTORS, int) if enabled is None else enabled
    words = np.zeros(MOTORS, int) if faults is None else faults
    return pack_said(tick, 5, at, 2 * at, 3 * at, heat, on, words, version=(3, 4))


def test_worked_checksums_on_both_sides():
    zero, worked = bytes(1000), in_c(worked_command())
    for checksum in (crc, Checksum(1000), bit_by_bit):
        assert checksum(zero) == ALL_ZERO
        assert checksum(worked) == ARMS_UP


@given(st.integers(1, 8), st.randoms(use_true_random=False))
def test_three_ways_to_the_checksum_agree(words: int, random):
    data = random.randbytes(4 * words)
    assert crc(data) == Checksum(4 * words)(data) == bit_by_bit(data)


def test_the_emulated_robot_takes_the_worked_command_and_no_other_checksum():
    frame = worked_command()
    told = unpack_told(frame)
    assert told is not None
    assert told.q[15:29] == pytest.approx(0.1 * np.arange(1, 15))
    assert (told.mode_machine, told.q[29], told.kp[28], told.kd[15]) == (5, 1.0, 60.0, 1.5)
    assert unpack_told(frame[:-4] + bytes(4)) is None


def test_a_command_is_what_cyclonedds_makes_of_its_fields():
    q, kp, kd = np.arange(17) / 7, np.arange(17) + 1.0, np.arange(17) / 3
    frame = command_frame(6, q, kp, kd, 0.25)
    told: Any = idl.LowCmd_.deserialize(frame)
    assert told.serialize() == frame
    assert (told.mode_pr, told.mode_machine) == (0, 6)
    assert [motor.mode for motor in told.motor_cmd] == [0] * 12 + [1] * 17 + [0] * 6
    assert [told.motor_cmd[12 + i].q for i in range(17)] == pytest.approx(q)
    assert [told.motor_cmd[12 + i].kp for i in range(17)] == pytest.approx(kp)
    assert [told.motor_cmd[12 + i].kd for i in range(17)] == pytest.approx(kd)
    assert told.motor_cmd[29].q == 0.25
    assert told.crc == bit_by_bit(in_c(frame))


def test_a_command_means_the_same_to_the_emulated_robot():
    q = np.linspace(-1.0, 1.0, 17)
    told = unpack_told(command_frame(5, q, np.full(17, 80.0), np.full(17, 3.0), 0.5))
    assert told is not None
    assert told.q[12:29] == pytest.approx(q)
    assert told.q[29] == 0.5
    assert not told.mode[:12].any()
    assert not told.kp[:12].any()


def test_an_emulated_state_is_what_cyclonedds_makes_of_its_fields():
    frame = some_state()
    said: Any = emulated_types.Said.__idl__.deserialize(frame)
    assert IdlStruct.serialize(said) == frame
    assert (said.tick, said.mode_machine, list(said.version)) == (7, 5, [3, 4])
    assert said.motor_state[22].q == pytest.approx(2.2)
    assert said.motor_state[22].temperature[1] == 22


def test_a_state_means_the_same_to_the_driver():
    faults, enabled = np.zeros(MOTORS, int), np.ones(MOTORS, int)
    faults[23], enabled[24] = 0x80000001, 0
    state = parse_state(some_state(tick=0xFFFFFFFF, faults=faults, enabled=enabled))
    assert state is not None
    at = np.arange(12, 29) / 10
    assert state.q == pytest.approx(at)
    assert state.dq == pytest.approx(2 * at)
    assert state.torque == pytest.approx(3 * at)
    assert state.temperature == pytest.approx(np.full(17, 30.0))
    assert (state.version, state.tick, state.mode_machine) == ((3, 4), 0xFFFFFFFF, 5)
    assert list(np.flatnonzero(state.fault)) == [11]
    assert state.fault[11] == 0x80000001
    assert list(np.flatnonzero(state.mode == 0)) == [12]


def test_the_two_sides_name_and_order_the_fields_alike():
    for ours, theirs in (
        (idl.LowCmd_, emulated_types.Told),
        (idl.LowState_, emulated_types.Said),
    ):
        assert ours.__idl__.idl_transformed_typename == theirs.__idl__.idl_transformed_typename
        assert ours is not theirs


@given(st.integers(4, 8 * frames.STATE_BYTES - 1))
def test_a_flipped_bit_is_never_believed(bit: int):
    """Of an error of one bit this checksum misses none; bits between fields are no part of it."""
    good = some_state()
    spoilt = bytearray(good)
    spoilt[bit // 8] ^= 1 << bit % 8
    unseen = bit // 8 in (14, 15, 75, *between_fields())
    assert (parse_state(bytes(spoilt)) is None) == (not unseen)


def between_fields() -> list[int]:
    """Bytes that DDS leaves out of account, behind the modes of motors 1 to 34."""
    return [72 + 56 * motor + gap for motor in range(1, MOTORS) for gap in (1, 2, 3)]


@given(st.binary(max_size=64) | st.binary(min_size=2092, max_size=2092))
def test_noise_is_no_state_and_no_command(data: bytes):
    assert parse_state(data) is None
    assert unpack_told(data[: emulated_bytes._TOLD.size]) is None


@given(st.integers(0, 2091), st.binary(max_size=40))
def test_pieces_and_tails_are_no_state(cut: int, tail: bytes):
    good = some_state()
    assert parse_state(good[:cut]) is None
    assert (parse_state(good + tail) is None) == bool(tail)


def test_a_state_that_is_not_finite_is_none():
    at = np.zeros(MOTORS)
    at[22] = np.nan
    heat = np.zeros((MOTORS, 2), int)
    off = np.zeros(MOTORS, int)
    assert parse_state(pack_said(1, 5, at, at, at, heat, off, off)) is None
