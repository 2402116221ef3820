"""The emulated DexH13 by itself, line by line."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_paxini.firmware import LONGEST, PaxiniFirmware

from xlvla_sdk import Side
from xlvla_sdk.testing import Faults


def line(number: int, name: str, *arguments: object) -> bytes:
    text = json.dumps({"number": number, "ask": name, "with": arguments}).encode()
    return f"{zlib.crc32(text):08x} ".encode() + text + b"\n"


def answer(frame: bytes) -> dict:
    checksum, text = frame.rstrip(b"\n").split(b" ", 1)
    assert int(checksum, 16) == zlib.crc32(text)
    return json.loads(text)


def ask(firmware: PaxiniFirmware, name: str, *arguments: object, now: float = 0.0) -> object:
    (made_s, frame), *others = firmware.receive(line(7, name, *arguments), now)
    assert not others
    assert made_s > 0.0
    assert answer(frame)["number"] == 7
    return answer(frame).get("value")


def test_joints_move_when_they_are_powered_and_told_no_further_than_they_reach():
    firmware = PaxiniFirmware(Side.LEFT, Faults())
    assert ask(firmware, "side") == 1
    assert ask(firmware, "set mode", 3)
    assert ask(firmware, "set angles", [10.0] * 16)
    assert ask(firmware, "angles", now=5.0) == pytest.approx([0.0] * 16)
    assert ask(firmware, "power", True, now=5.0)
    assert not ask(firmware, "set mode", 1, now=5.0)
    assert ask(firmware, "angles", now=5.05) == pytest.approx([6.0] * 16)  # at full speed
    assert ask(firmware, "angles", now=9.0) == pytest.approx([10.0] * 16)
    assert firmware.joints.violations == []
    ask(firmware, "set angles", [95.0] + [0.0] * 15, now=9.0)
    assert firmware.joints.violations == ["joint 0 was told 95"]


def test_a_motor_with_an_error_is_not_powered():
    firmware = PaxiniFirmware(Side.RIGHT, Faults())
    firmware.errors = {2: "OVER_CURRENT_U", 5: "DISCONNECT"}
    firmware.lasting = {5}
    assert not ask(firmware, "power", True)
    assert ask(firmware, "clear")
    assert ask(firmware, "errors") == [[5, "DISCONNECT"]]
    firmware.lasting.clear()
    ask(firmware, "clear")
    assert ask(firmware, "power", True)


def test_a_line_that_is_damaged_is_not_answered_and_the_next_one_is():
    firmware = PaxiniFirmware(Side.RIGHT, Faults())
    whole = line(1, "angles")
    assert firmware.receive(whole[:9] + b"x" + whole[10:], 0.0) == []
    assert len(firmware.receive(whole[:7], 0.0) + firmware.receive(whole[7:] + whole, 0.0)) == 2


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_noise_is_neither_answered_nor_kept(pieces: list[bytes]):
    firmware = PaxiniFirmware(Side.RIGHT, Faults())
    for piece in pieces:
        assert firmware.receive(piece, 0.0) == []
    firmware.receive(b"x" * 10 * LONGEST, 0.0)
    assert len(firmware._left) <= LONGEST
    assert len(firmware.receive(b"\n" + line(1, "touch"), 0.0)) == 1


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=16, max_size=16))
def test_no_angles_move_it_beyond_its_ends(angles: list[float]):
    firmware = PaxiniFirmware(Side.RIGHT, Faults())
    ask(firmware, "set mode", 3)
    ask(firmware, "power", True)
    firmware.receive(line(1, "set angles", angles), 0.0)
    standing = firmware.joints.position(10.0)
    assert (standing >= firmware.joints.lower).all()
    assert (standing <= firmware.joints.upper).all()
    assert np.isfinite(standing).all()
