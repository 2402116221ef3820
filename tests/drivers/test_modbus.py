"""Modbus questions are the standard's bytes; answers are known by function, length and, nearly, id."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlvla_sdk.drivers import ModbusRtu, ModbusTcp, Refused
from xlvla_sdk.drivers.modbus import STRIDE
from xlvla_sdk.errors import DriverError

OPEN = [1000] * 6


def header(transaction: int, pdu: str) -> bytes:
    body = b"\xff" + bytes.fromhex(pdu)
    return transaction.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(2, "big") + body


def test_questions_on_a_serial_line():
    """Computed from the Modbus standards (application protocol 1.1b3, serial line 1.02)."""
    rtu = ModbusRtu(1)
    assert rtu.read(1546, 6).hex(" ") == "01 03 06 0a 00 06 e5 42"
    assert rtu.write(1486, OPEN).hex(" ") == (
        "01 10 05 ce 00 06 0c 03 e8 03 e8 03 e8 03 e8 03 e8 03 e8 22 ef"
    )


def test_questions_in_a_connection():
    tcp = ModbusTcp(1)
    assert tcp.read(1546, 6).hex(" ") == f"00 {STRIDE:02x} 00 00 00 06 01 03 06 0a 00 06"
    assert tcp.write(1486, [-1, -1, -1, 500, -1, -1]).hex(" ") == (
        f"00 {2 * STRIDE:02x} 00 00 00 13 01 10 05 ce 00 06 0c ff ff ff ff ff ff 01 f4 ff ff ff ff"
    )


def test_what_does_not_fit_into_a_register_is_refused():
    with pytest.raises(DriverError, match="70000 does not fit"):
        ModbusRtu(1).write(1486, [70000])


def test_an_answer_on_a_serial_line_is_read():
    rtu, parser = ModbusRtu(1), ModbusRtu(1).parser()
    (frame,) = parser.feed(bytes.fromhex("01 03 04 03 e8 ff ff 7b f3"))
    assert rtu.words(frame, 2) == [1000, 65535]
    assert rtu.words(frame, 3) is None
    assert rtu.written(frame, 1486, 6) is None
    assert parser.refused == 0
    assert ModbusRtu(2).parser().feed(frame) == []


def test_an_acknowledgement_names_what_was_written():
    rtu, parser = ModbusRtu(1), ModbusRtu(1).parser()
    (frame,) = parser.feed(bytes.fromhex("01 10 05 ce 00 06 21 38"))
    assert rtu.written(frame, 1486, 6) is True
    assert rtu.written(frame, 1498, 6) is None


def test_a_refusal_is_told_in_words():
    rtu, parser = ModbusRtu(1), ModbusRtu(1).parser()
    (frame,) = parser.feed(bytes.fromhex("01 83 02 c0 f1"))
    refused = rtu.words(frame, 6)
    assert isinstance(refused, Refused)
    assert str(refused) == "it has no register there"
    assert rtu.written(frame, 1486, 6) is None


def test_noise_and_a_damaged_frame_are_passed_over():
    parser = ModbusRtu(1).parser()
    whole = bytes.fromhex("01 10 05 ce 00 06 21 38")
    damaged = bytes.fromhex("01 10 05 ce 00 06 00 00")
    assert parser.feed(b"\x42\x03\x00" + damaged + whole) == [whole]
    assert parser.refused == 1


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_transaction_id_may_be_off_by_one(off: int):
    tcp = ModbusTcp(1)
    tcp.read(1546, 2)
    (frame,) = ModbusTcp(1).parser().feed(header(STRIDE + off, "03 04 00 01 00 02"))
    assert tcp.words(frame, 2) == [1, 2]


@pytest.mark.parametrize("off", [-2, 2, STRIDE, -STRIDE])
def test_another_transaction_is_no_answer(off: int):
    tcp = ModbusTcp(1)
    tcp.read(1546, 2)
    tcp.read(1546, 2)
    (frame,) = ModbusTcp(1).parser().feed(header(2 * STRIDE + off, "03 04 00 01 00 02"))
    assert tcp.words(frame, 2) is None


def test_the_id_of_the_question_before_is_taken_where_that_wanted_something_else():
    tcp = ModbusTcp(1)
    tcp.write(1486, OPEN)
    tcp.read(1546, 2)
    (frame,) = ModbusTcp(1).parser().feed(header(STRIDE, "03 04 00 01 00 02"))
    assert tcp.words(frame, 2) == [1, 2]
    (late,) = ModbusTcp(1).parser().feed(header(STRIDE, "10 05 ce 00 06"))
    assert tcp.words(late, 2) is None


def test_transaction_ids_go_round():
    tcp = ModbusTcp(1)
    ids = [int.from_bytes(tcp.read(0, 1)[:2], "big") for _ in range(0x10000 // STRIDE + 2)]
    assert ids[-1] == STRIDE * 2


@pytest.mark.parametrize("kind", [ModbusRtu, ModbusTcp])
@given(data=st.binary(max_size=600), cuts=st.lists(st.integers(0, 600), max_size=6))
def test_no_bytes_raise_or_pile_up(kind: type[ModbusRtu | ModbusTcp], data: bytes, cuts: list[int]):
    parser, modbus = kind(1).parser(), kind(1)
    modbus.read(1546, 2)
    places = [0, *sorted(cuts), len(data)]
    for begin, end in pairwise(places):
        for frame in parser.feed(data[begin:end]):
            modbus.words(frame, 2)
            modbus.written(frame, 1486, 6)
    assert len(parser._left) <= 260  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("cut", range(1, 13))
def test_a_frame_in_two_pieces_is_one_frame(cut: int):
    frame = header(STRIDE, "03 04 00 01 00 02")
    parser = ModbusTcp(1).parser()
    assert parser.feed(frame[:cut]) + parser.feed(frame[cut:]) == [frame]
    assert parser.refused == 0


def test_pymodbus_is_loaded_on_first_use_only():
    code = "import sys, xlvla_sdk.drivers as d; assert 'pymodbus' not in sys.modules; d.ModbusRtu"
    subprocess.run([sys.executable, "-c", code], check=True)
