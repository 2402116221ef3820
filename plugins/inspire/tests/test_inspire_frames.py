"""The maker's frames, made and read by the driver's side and by the emulated hand's.

Marked m: printed in user manual PRJ-02-TS-U-001 V1.0.0. Marked k: computed from its rule.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_inspire import frames
from xlvla_inspire.emulated_hand import EmulatedHand
from xlvla_inspire.emulated_wires import RtuFirmware, TcpFirmware, VendorFirmware

from xlvla_sdk.testing import Faults

OPEN_READ = "EB 90 01 04 11 0A 06 0C 32"  # m: 12 bytes at 1546
REPLY = "90 EB 01 0F 11 0A 06 64 00 64 00 64 00 64 00 D0 07 00 00 98"  # m
WRITTEN = "EB 90 01 0F 12 CE 05 64 00 64 00 64 00 64 00 D0 07 00 00 5C"  # m: 2000 is a slip of it
DONE = "90 EB 01 04 12 CE 05 01 EB"  # m
WRITES = [  # k
    (1486, [1000] * 6, "EB 90 01 0F 12 CE 05 E8 03 E8 03 E8 03 E8 03 E8 03 E8 03 77"),
    (1486, [-1] * 3 + [500] + [-1] * 2,
     "EB 90 01 0F 12 CE 05 FF FF FF FF FF FF F4 01 FF FF FF FF E0"),
    (1522, [500] * 6, "EB 90 01 0F 12 F2 05 F4 01 F4 01 F4 01 F4 01 F4 01 F4 01 D7"),
    (1498, [500] * 6, "EB 90 01 0F 12 DA 05 F4 01 F4 01 F4 01 F4 01 F4 01 F4 01 BF"),
]  # fmt: skip
CLEAR = "EB 90 01 04 12 EC 03 01 07"  # k
READS = [(1606, 6, "EB 90 01 04 11 46 06 06 68"), (1582, 12, "EB 90 01 04 11 2E 06 0C 56")]  # k


def words(values: list[int]) -> bytes:
    return np.array(values, "<i2").tobytes()


def hand(tactile: bool = False) -> EmulatedHand:
    return EmulatedHand(tactile, hand_id=1)


def asked(firmware: VendorFirmware | RtuFirmware | TcpFirmware, question: str) -> list[str]:
    answers = firmware.receive(bytes.fromhex(question), 0.0)
    return [frame.hex(" ").upper() for _, frame in answers]


@pytest.mark.parametrize(("address", "size", "frame"), [(1546, 12, OPEN_READ), *READS])
def test_the_driver_asks_as_the_manual_does(address: int, size: int, frame: str):
    assert frames.read_frame(1, address, size) == bytes.fromhex(frame)


@pytest.mark.parametrize(("address", "values", "frame"), WRITES)
def test_the_driver_writes_as_the_manual_does(address: int, values: list[int], frame: str):
    assert frames.write_frame(1, address, words(values)) == bytes.fromhex(frame)


def test_the_driver_makes_the_manuals_own_write_and_clears_errors():
    assert frames.write_frame(1, 1486, words([100] * 4 + [2000, 0])) == bytes.fromhex(WRITTEN)
    assert frames.write_frame(1, 1004, b"\1") == bytes.fromhex(CLEAR)


def test_the_driver_reads_the_manuals_answers():
    read, done = frames.Frames(1).feed(bytes.fromhex(REPLY + DONE))
    assert frames.read_answer(read) == frames.Answer(0x11, 1546, words([100] * 4 + [2000, 0]))
    assert frames.read_answer(done) == frames.Answer(0x12, 1486, b"\1")


def test_the_emulated_hand_answers_as_the_manual_prints():
    emulated = hand()
    emulated.joints.lower[:], emulated.joints.upper[:] = -1, 3000  # its 2000 is no angle
    emulated.joints.place(np.array([100.0, 100, 100, 100, 2000, 0]))
    assert asked(VendorFirmware(emulated, Faults()), OPEN_READ) == [REPLY]


def test_the_emulated_hand_takes_the_manuals_write_and_notes_its_slip():
    emulated = hand()
    assert asked(VendorFirmware(emulated, Faults()), WRITTEN) == [DONE]
    assert emulated.joints.violations == ["joint 4 was told 2000"]


@pytest.mark.parametrize(("address", "values", "frame"), WRITES)
def test_the_emulated_hand_takes_every_write(address: int, values: list[int], frame: str):
    emulated = hand()
    (answer,) = VendorFirmware(emulated, Faults()).receive(bytes.fromhex(frame), 0.0)
    assert answer[1][4:8] == b"\x12" + address.to_bytes(2, "little") + b"\1"
    assert emulated.read(address, 12, 0.0) == words(values)
    assert emulated.joints.violations == []


def test_the_emulated_hand_clears_errors_and_reads_them():
    emulated = hand()
    emulated.errors[2] = 0b100
    firmware = VendorFirmware(emulated, Faults())
    assert asked(firmware, READS[0][2]) == ["90 EB 01 09 11 46 06 00 00 04 00 00 00 6B"]
    assert asked(firmware, CLEAR) == ["90 EB 01 04 12 EC 03 01 07"]
    assert asked(firmware, READS[0][2]) == ["90 EB 01 09 11 46 06 00 00 00 00 00 00 67"]


def test_saving_is_acknowledged_and_a_second_frame_follows():
    """Manual: about a second later, 00 for stored."""
    firmware = VendorFirmware(hand(), Faults())
    first, second = firmware.receive(frames.write_frame(1, 1005, b"\1"), 0.0)
    assert first[1].hex(" ").upper() == "90 EB 01 04 12 ED 03 01 08"
    assert second == (1.0, bytes.fromhex("90 EB 01 04 12 ED 03 00 07"))


def test_another_hands_question_and_a_damaged_one_stay_unanswered():
    firmware = VendorFirmware(hand(), Faults())
    assert asked(firmware, frames.read_frame(2, 1546, 12).hex()) == []
    assert asked(firmware, OPEN_READ[:-2] + "33") == []
    assert asked(firmware, "00 EB 11" + OPEN_READ) != []


def test_the_emulated_hand_speaks_modbus_on_a_serial_line():
    """Frames computed from the standard, not by either side."""
    emulated = hand()
    emulated.joints.place(np.array([1.0, 2, 3, 4, 5, 1000]))
    firmware = RtuFirmware(emulated, Faults())
    read = "01 03 0C 00 01 00 02 00 03 00 04 00 05 03 E8"
    assert [frame[:-6] for frame in asked(firmware, "01 03 06 0A 00 06 E5 42")] == [read]
    write = "01 10 05 CE 00 06 0C 03 E8 03 E8 03 E8 03 E8 03 E8 03 E8 22 EF"
    assert [frame[:-6] for frame in asked(firmware, write)] == ["01 10 05 CE 00 06"]
    assert emulated.read(1486, 12, 0.0) == words([1000] * 6)
    assert asked(firmware, "01 04 06 0A 00 06 50 82") == []  # a function that its parser drops
    assert asked(firmware, "02 03 06 0A 00 06 E5 71") == []  # another hand's


def test_the_emulated_hand_speaks_modbus_in_a_connection():
    emulated = hand(tactile=True)
    emulated.joints.place(np.array([0.0, 0, 0, 500, 0, 0]))
    firmware = TcpFirmware(emulated, Faults())
    answers = asked(firmware, "00 01 00 00 00 06 01 03 06 0A 00 06")
    assert answers == ["00 01 00 00 00 0F 01 03 0C 00 00 00 00 00 00 01 F4 00 00 00 00"]
    write = "00 02 00 00 00 13 01 10 05 CE 00 06 0C 03 E8 03 E8 03 E8 03 E8 03 E8 03 E8"
    (answer,) = firmware.receive(bytes.fromhex(write), 1.0)
    assert answer[1].hex(" ") == "00 02 00 00 00 06 01 10 05 ce 00 06"
    others = "00 03 00 00 00 13 01 10 05 CE 00 06 0C FF FF FF FF FF FF 01 F4 FF FF FF FF"
    firmware.receive(bytes.fromhex(others), 2.0)
    assert emulated.read(1486, 12, 2.0) == words([-1] * 3 + [500] + [-1] * 2)
    assert emulated.joints.violations == []


def test_bytes_come_by_pairs_over_modbus_the_first_of_a_pair_first():
    emulated = hand()
    emulated.errors = [1, 2, 4, 8, 16, 0]
    firmware = TcpFirmware(emulated, Faults())
    question = "00 01 00 00 00 06 01 03 06 46 00 03"
    assert asked(firmware, question) == ["00 01 00 00 00 09 01 03 06 01 02 04 08 10 00"]
    firmware.low_byte_first = True
    firmware.reboot(1.0)
    emulated.errors = [1, 2, 4, 8, 16, 0]
    assert asked(firmware, question) == ["00 01 00 00 00 09 01 03 06 02 01 08 04 00 10"]


@given(data=st.binary(max_size=700), cuts=st.lists(st.integers(0, 700), max_size=6))
def test_no_bytes_make_the_parser_raise_or_pile_up(data: bytes, cuts: list[int]):
    parser = frames.Frames(1)
    for begin, end in pairwise([0, *sorted(cuts), len(data)]):
        for frame in parser.feed(data[begin:end]):
            frames.read_answer(frame)
    assert len(parser._left) <= parser.longest


@given(noise=st.binary(max_size=40), cut=st.integers(0, 60))
def test_an_answer_after_noise_is_found_or_waits_for_more(noise: bytes, cut: int):
    parser, frame = frames.Frames(1), bytes.fromhex(REPLY)
    line = noise + frame
    found = parser.feed(line[:cut]) + parser.feed(line[cut:])
    assert found[-1:] == [frame] or len(parser._left) >= len(frame)


@given(data=st.binary(max_size=300))
@pytest.mark.parametrize("kind", [VendorFirmware, RtuFirmware, TcpFirmware])
def test_no_bytes_break_the_emulated_hand(kind: type[VendorFirmware], data: bytes):
    kind(hand(), Faults()).receive(data, 0.0)
