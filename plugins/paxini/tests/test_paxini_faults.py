"""The DexH13's driver when something is wrong: in the hand, on the line, or in the SDK."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_paxini import hand
from xlvla_paxini.words import CODES, fault_in_words

from xlvla_sdk import Side
from xlvla_sdk.errors import DriverError

RIGHT = hand(Side.RIGHT)
LINE = ("dropped", "repeated", "truncated", "split", "delayed", "corrupted", "noise", "foreign")


def posture(at: float) -> np.ndarray:
    """A part of the way from the lower limits to the upper ones."""
    lower, upper = RIGHT.limits
    return lower + at * (upper - lower)


def test_old_faults_are_cleared_and_told_when_it_first_moves(emulator, opened, caplog):
    emulator.firmware.errors[4] = "OVER_TEMPERATURE"
    assert opened.read().faults == ("right_middle_joint_0 (motor 4): too hot (OVER_TEMPERATURE)",)
    assert "clear" not in emulator.firmware.asked
    with caplog.at_level(logging.WARNING):
        opened.hold()
    assert "cleared old faults: right_middle_joint_0 (motor 4): too hot" in caplog.text
    assert opened.read().faults == ()


def test_a_fault_that_lasts_is_an_error_that_names_the_joint(emulator, opened):
    emulator.firmware.errors[13] = "OPD_V"
    emulator.firmware.lasting.add(13)
    with pytest.raises(DriverError, match="enableMotor says that it failed"):
        opened.command(posture(0.2))
    assert opened.read().faults == ("right_thumb_joint_3 (motor 13): phase V is open (OPD_V)",)


def test_a_stuck_finger_is_seen_in_position_and_current(emulator, opened, settled):
    emulator.joints.stuck.add(1)
    opened.command(posture(0.6))
    measured = settled(opened)
    assert measured[1] == pytest.approx(0.0)
    current = opened.read().current
    assert current.argmax() == 1
    assert current[1] > 0.5


def test_a_hand_that_restarted_is_not_powered_again_in_silence(emulator, opened):
    opened.command(posture(0.2))
    emulator.firmware.reboot(0.0)
    assert opened.read().faults == ("the motors are off: the hand restarted, or was switched off",)
    with pytest.raises(DriverError, match=r"the motors are off.*open it again"):
        opened.command(posture(0.2))
    opened.close()
    opened.open()
    opened.hold()
    assert emulator.firmware.powered


@pytest.mark.parametrize("kind", LINE)
def test_a_bad_line_is_asked_again(kind: str, faults, emulator, make):
    with make(touch="no") as made:
        made.hold()
        setattr(faults, kind, 0.08)
        for step in range(12):
            made.command(posture(0.005 * step))
            assert np.isfinite(made.read().qpos).all()
        setattr(faults, kind, 0.0)
        assert faults.struck[kind] > 0
        assert made.counts.failed == 0
        harmless = kind in ("repeated", "split", "delayed")
        assert harmless or made.counts.recovered > 0
        assert emulator.joints.violations == []


def test_silence_is_an_error_and_so_is_a_stop_that_does_not_arrive(faults, make):
    made = make()
    made.open()
    made.hold()
    faults.silent = True
    with pytest.raises(DriverError, match=r"right on .*read failed: .*response timeout"):
        made.read()
    with pytest.raises(DriverError, match=r"did not reach the hand.*Switch off its supply"):
        made.stop()
    faults.silent = False
    made.stop()
    made.close()


def test_an_unplugged_hand_is_an_error_and_opens_again(emulator, make):
    made = make()
    made.open()
    emulator.wire.unplug()
    with pytest.raises(DriverError, match="read failed"):
        made.read()
    made.close()
    with pytest.raises(DriverError, match="connect failed"):
        made.open()
    emulator.wire.plug()
    with made:
        assert np.isfinite(made.read().qpos).all()


@pytest.mark.parametrize(
    ("worst", "said"),
    [
        ("hang", r"did not return from read in 0\.5 s; its process was ended"),
        ("crash", "was ended by SIGABRT in read"),
        ("raise", "read failed: RuntimeError: getJointPositionsRadian: unknown exception"),
    ],
)
def test_an_sdk_at_its_worst_is_an_error_and_opens_again(emulator, worst: str, said: str, make):
    made = make(timeout="0.5")
    made.open()
    made.hold()
    emulator.firmware.worst["angles"] = worst
    with pytest.raises(DriverError, match=said):
        made.read()
    with pytest.raises(DriverError, match="Switch off its supply where that is not safe"):
        made.stop()
    emulator.firmware.worst.clear()
    made.close()
    with made:
        made.hold()


def test_an_sdk_that_prints_is_not_heard(emulator, opened):
    emulator.firmware.worst["angles"] = "shout"
    for _ in range(5):
        assert np.isfinite(opened.read().qpos).all()


def test_angles_that_are_none_are_refused(emulator, opened, monkeypatch):
    for angles in ([0.0] * 15, [0.0] * 15 + [float("nan")], []):
        monkeypatch.setattr(emulator.firmware, "_angles", lambda angles=angles: angles)
        with pytest.raises(DriverError, match="the SDK gave joint angles that are none"):
            opened.read()


@given(st.integers() | st.text(max_size=30), st.integers(-5, 30))
def test_any_code_has_words(code: int | str, motor: int):
    assert f"motor {motor}" in fault_in_words("right", motor, code)


def test_codes_are_told_by_name_and_by_number():
    assert len(CODES) == 17
    assert fault_in_words("left", 1, "ERR_OPD_U").endswith("phase U is open (ERR_OPD_U)")
    assert "probably OVER_TEMPERATURE: too hot" in fault_in_words("left", 1, 6)
    assert "not among those known" in fault_in_words("left", 1, 99)
