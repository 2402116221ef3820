"""Frames on both sides: what the driver sends and reads, what the emulated hand makes of it.

The worked frames are those that the maker's package 1.1.7 sent to a pseudo-terminal
(jefferzn2001/XhandControl@f244afd); the two with all positions 0 and all joints powerless were
computed by its rule.
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_xhand import frames, hand
from xlvla_xhand.emulated_hand import EmulatedHand
from xlvla_xhand.emulator import XHandFirmware, checksum
from xlvla_xhand.frames import Frame, Gains, Mode, Register, XHandParser
from xlvla_xhand.reply import decode
from xlvla_xhand.words import ERRORS, in_words

from xlvla_sdk import Side
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Faults

RIGHT = hand(Side.RIGHT)
HEAD = "55 AA FE 80 02 20 01"
RISING = bytes.fromhex(
    HEAD
    + "".join(
        struct.pack("<HhhhfHHHHHH", i, 100, 0, 0, np.float32(0.1) * i, 300, 3, 0, 0, 0, 0).hex()
        for i in range(12)
    )
    + "7B 33"
)
ALL_ZERO = bytes.fromhex(
    HEAD
    + "".join(f"{i:02X} 00 64 00" + "00" * 8 + "2C 01 03 00" + "00" * 8 for i in range(12))
    + "50 04"
)
POWERLESS = bytes.fromhex(HEAD + "".join(f"{i:02X}" + "00" * 23 for i in range(12)) + "33 F2")
SHORT = {
    "who is there": (frames.who_is_there(), "55 AA FE FF 15 04 00 14 00 BA 00 A2 4A"),
    "silent": (frames.read_registers(0, 206, 1), "55 AA FE 80 15 04 00 CE 00 01 00 33 21"),
    "speak": (frames.write_registers(0, 206, b"\0"), "55 AA FE 80 16 03 00 CE 00 00 0E EF"),
    "side": (frames.read_registers(0, 20, 1), "55 AA FE 80 15 04 00 14 00 01 00 9B E1"),
    "version": (frames.version(0), "55 AA FE 00 13 00 00 D7 1E"),
    "zero thumb": (frames.zero_touch(0), "55 AA FE 11 12 00 00 F4 44"),
}


def firmware() -> XHandFirmware:
    return XHandFirmware(EmulatedHand(RIGHT), Faults())


def state(firmware: XHandFirmware) -> bytes:
    """The data of the hand's state now."""
    return firmware.receive(POWERLESS, 0.0)[0][1][7:-2]


def answered(firmware: XHandFirmware, text: str) -> bytes:
    (_, answer), *others = firmware.receive(bytes.fromhex(text), 0.0)
    assert not others
    return answer


def test_the_first_joints_of_the_rising_command_are_as_observed():
    assert RISING[7:31].hex(" ").upper() == (
        "00 00 64 00 00 00 00 00 00 00 00 00 2C 01 03 00 00 00 00 00 00 00 00 00"
    )
    assert RISING[31:47].hex(" ").upper() == "01 00 64 00 00 00 00 00 CD CC CC 3D 2C 01 03 00"
    assert len(RISING) == 297


@pytest.mark.parametrize(("ours", "theirs"), SHORT.values(), ids=SHORT)
def test_a_short_frame_is_the_packages(ours: bytes, theirs: str):
    assert ours.hex(" ").upper() == theirs


def test_commands_are_the_packages():
    rising = np.float32(0.1) * np.arange(12, dtype=np.float32)
    assert frames.command_joints(0, rising, Gains()) == RISING
    assert frames.command_joints(0, np.zeros(12), Gains()) == ALL_ZERO
    limp = frames.command_joints(0, np.zeros(12), Gains(0, 0, 0, 0), Mode.POWERLESS)
    assert limp == POWERLESS


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (SHORT["side"][1], "55 AA 80 FE 15 05 00 14 00 01 00 52"),
        (SHORT["silent"][1], "55 AA 80 FE 15 05 00 CE 00 01 00 00"),
        (SHORT["speak"][1], "55 AA 80 FE 16 02 00 CE 00"),
        (SHORT["zero thumb"][1], "55 AA 11 FE 12 00 00"),
        (SHORT["version"][1], "55 AA 00 FE 13 10 00" + b"joint 1.4.2".ljust(16, b"\0").hex()),
    ],
)
def test_the_emulated_hand_answers_a_short_frame(text: str, answer: str):
    begin = bytes.fromhex(answer)
    assert answered(firmware(), text) == begin + struct.pack("<H", checksum(begin))


def test_the_emulated_hand_says_who_it_is_to_everybody():
    played = firmware()
    played.hand.number = 3
    answer = answered(played, SHORT["who is there"][1])
    assert (answer[2], answer[3], len(answer)) == (0x83, 0xFE, 9 + 4 + 186)
    assert answer[11:12] == b"R"
    assert answer[11 + 53 - 20] == 3  # its id, where the package reads it


@pytest.mark.parametrize("command", [RISING, ALL_ZERO, POWERLESS])
def test_the_emulated_hand_takes_a_worked_command(command: bytes):
    played = firmware()
    (_, answer), *_ = played.receive(command, 0.0)
    assert played.commands == 1
    assert len(answer) == 2217
    assert played.hand.modes == [0 if command is POWERLESS else 3] * 12


def test_the_emulated_hand_notes_that_the_rising_command_leaves_its_limits():
    """The package sends what it is given; the hand's index finger ends at 0.174 rad."""
    played = firmware()
    played.receive(RISING, 0.0)
    assert [text.split()[1] for text in played.joints.violations] == ["3"]
    assert played.hand.errors[3, 1] == 30


@given(st.binary(max_size=64), st.integers(0, 12))
def test_the_emulated_hand_hears_a_frame_behind_noise_and_in_pieces(noise: bytes, cut: int):
    noise = noise.replace(b"\x55", b"")  # or its length swallows what follows
    played = firmware()
    question = noise + bytes.fromhex(SHORT["side"][1])
    cut = min(cut, len(question))
    answers = [*played.receive(question[:cut], 0.0), *played.receive(question[cut:], 0.0)]
    assert len(answers) == 1


def test_a_damaged_command_moves_nothing():
    played = firmware()
    for at in range(7, len(ALL_ZERO)):
        damaged = bytearray(ALL_ZERO)
        damaged[at] ^= 4
        assert played.receive(bytes(damaged), 0.0) == []
    assert played.hand.modes == [0] * 12


@given(st.lists(st.binary(max_size=40), max_size=6), st.data())
def test_frames_are_found_in_any_pieces(between: list[bytes], data: st.DataObject):
    whole = [frames.version(board) for board in range(len(between))]
    clean = [noise.replace(b"\x55", b"") for noise in between]
    stream = b"".join(noise + frame for noise, frame in zip(clean, whole, strict=True))
    parser, found = XHandParser(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += parser.feed(stream[:cut])
        stream = stream[cut:]
    assert found == whole


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_any_bytes_are_taken_and_little_is_kept(pieces: list[bytes]):
    parser = XHandParser()
    for piece in pieces:
        for found in parser.feed(piece):
            Frame.of(found)
        assert len(parser._left) < frames.LONGEST + frames.ENDS


def test_headers_without_end_neither_pile_up_nor_take_long():
    parser = XHandParser()
    for _ in range(50):
        assert parser.feed(b"\x55\xaa" * 2000) == []
        assert len(parser._left) < frames.LONGEST + frames.ENDS
    assert parser.refused > 0


def test_a_frame_behind_a_damaged_one_is_found():
    parser = XHandParser()
    damaged = bytearray(frames.version(1))
    damaged[-1] ^= 1
    assert parser.feed(bytes(damaged) + frames.version(2)) == [frames.version(2)]
    assert parser.refused > 0


def test_what_the_emulated_hand_measures_is_what_is_decoded():
    played = firmware()
    played.joints.place(np.linspace(0.0, 0.11, 12))
    played.hand.temperatures[4] = 55
    played.hand.errors[7] = (3, 35, 18)
    played.hand.pressed[1, 5] = (-7, 9, 200)
    reply = decode(state(played), "xhand")
    assert reply.position == pytest.approx(np.linspace(0.0, 0.11, 12), abs=1e-7)
    assert reply.temperature[4] == 55.0
    assert reply.errors[7].tolist() == [3, 35, 18]
    assert reply.touch["index_cells"][5].tolist() == [-7.0, 9.0, 200.0]
    assert reply.touch["index_tip"].tolist() == [-7.0, 9.0, 200.0]
    assert reply.touch["thumb_tip"].tolist() == [0.0, 0.0, 0.0]
    assert (reply.mode == 0).all()
    joints = RIGHT.joints
    assert [fault.split(":")[0] for fault in reply.faults(joints)] == [joints[7]] * 3
    assert "too much current" in reply.faults(joints)[1]


def test_the_high_byte_of_a_temperature_is_not_its_own():
    data = bytearray(state(firmware()))
    data[10 + 1] = 0xAB
    assert decode(bytes(data), "xhand").temperature[0] == 31.0


@given(st.binary(min_size=2208, max_size=2208))
def test_any_state_is_decoded_or_refused(data: bytes):
    with pytest.raises(DriverError, match="joints 0 to 11"):
        decode(data, "xhand:right")


@given(st.binary(max_size=2300).filter(lambda data: len(data) != 2208))
def test_a_state_of_another_length_is_refused(data: bytes):
    with pytest.raises(DriverError, match=f"its state has {len(data)} bytes"):
        decode(data, "xhand:right")


def test_a_position_that_is_no_number_is_refused():
    data = bytearray(state(firmware()))
    data[2:6] = struct.pack("<f", float("nan"))
    with pytest.raises(DriverError, match="a number for each position"):
        decode(bytes(data), "xhand:right")


def test_registers_are_taken_from_the_answer_to_their_own_question():
    answer = Frame.of(answered(firmware(), SHORT["side"][1]))
    assert frames.registers(answer, Register.SIDE, 1) == b"R"
    assert frames.registers(answer, Register.SILENT, 1) is None
    assert frames.registers(answer, Register.SIDE, 2) is None


def test_errors_are_the_same_in_words_with_and_without_the_packages_addition():
    assert in_words(28).startswith("too hot")
    assert in_words(1501028).startswith("too hot")
    assert in_words(999) == "an error that is not documented (error 999)"
    assert all(in_words(number).startswith(ERRORS[number]) for number in ERRORS)
