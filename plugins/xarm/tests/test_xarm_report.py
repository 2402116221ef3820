"""The report stream: what the box says is read, whatever the line makes of it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_xarm import arm
from xlvla_xarm.emulated_arm import EmulatedArm
from xlvla_xarm.emulated_report import rich_report
from xlvla_xarm.emulator import VERSION
from xlvla_xarm.report import LONGEST, Report, ReportParser

from xlvla_sdk.testing import EmulatedJoints


def emulated() -> EmulatedArm:
    spec = arm()
    return EmulatedArm(EmulatedJoints(*spec.limits, 3.14, spec.posture("ready")), VERSION)


FRAME = rich_report(emulated(), 0.0)


def test_a_report_says_state_errors_motors_temperatures_and_currents():
    box = emulated()
    box.overheat(3, 0.0)
    box.warning = 12
    box.current[:] = np.arange(7) / 4
    report = ReportParser().feed(rich_report(box, 0.0))
    assert report is not None
    assert (report.state, report.mode, report.error, report.warning) == (4, 0, 14, 12)
    assert (report.axes, report.kind) == (7, 7)
    assert report.servo[3] == (3, 15)
    assert [code for _, code in report.servo] == [0, 0, 0, 15, 0, 0, 0]
    assert report.temperature.tolist() == [35, 35, 35, 85, 35, 35, 35]
    assert report.current == pytest.approx(np.arange(7) / 4)
    assert not report.effort_is_current


def test_a_bit_says_that_efforts_are_currents():
    """Vendor, xarm/x3/report.py: bit 2 of the byte at 494."""
    told = bytearray(FRAME)
    told[494] = 0x04
    report = Report.parse(bytes(told))
    assert report is not None
    assert report.effort_is_current


@pytest.mark.parametrize(
    ("at", "byte"), [(4, 0x0A), (4, 0xC2), (131, 6), (132, 9), (146, 4)], ids=str
)
def test_what_cannot_be_a_report_is_refused(at: int, byte: int):
    told = bytearray(FRAME)
    told[at] = byte
    parser = ReportParser()
    assert parser.feed(bytes(told)) is None
    assert parser.refused


def test_a_current_that_is_no_number_is_refused():
    told = bytearray(FRAME)
    told[355:359] = struct.pack("<f", float("nan"))
    assert ReportParser().feed(bytes(told)) is None


@given(st.lists(st.integers(1, 300), max_size=8))
def test_pieces_make_the_same_reports(cuts: list[int]):
    parser, told, newest = ReportParser(), FRAME * 2, []
    for cut in [*cuts, len(told)]:
        piece, told = told[:cut], told[cut:]
        newest.append(parser.feed(piece))
    assert any(report is not None for report in newest)
    assert parser.refused == 0


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_noise_raises_nothing_and_is_not_kept(pieces: list[bytes]):
    parser = ReportParser()
    for piece in pieces:
        parser.feed(piece)
        assert len(parser._left) < LONGEST + 4


@given(st.binary(max_size=40))
def test_after_noise_the_stream_is_found_again(noise: bytes):
    parser = ReportParser()
    parser.feed(noise)
    reports = [parser.feed(FRAME) for _ in range(8)]
    assert reports[-1] is not None


@given(st.integers(0, len(FRAME) - 1), st.integers(0, 7))
def test_one_wrong_bit_raises_nothing(at: int, bit: int):
    told = bytearray(FRAME)
    told[at] ^= 1 << bit
    parser = ReportParser()
    for _ in range(6):
        parser.feed(bytes(told))
    assert parser.feed(FRAME + FRAME + FRAME + FRAME) is not None
