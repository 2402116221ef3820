"""The DexH13's driver, on the emulated hand behind a module of the SDK's shape."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xlvla_paxini
from xlvla_paxini import hand
from xlvla_paxini.driver import PaxiniDriver
from xlvla_paxini.emulator import SDK

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver, moving
from xlvla_sdk.errors import DriverError, LimitViolation, SpecError
from xlvla_sdk.registry import registry

RIGHT = hand(Side.RIGHT)
LEFT = hand(Side.LEFT)
PASSIVE = np.array([3, 7, 11])
DRIVEN = np.setdiff1d(np.arange(16), PASSIVE)


def posture(at: float) -> np.ndarray:
    """A part of the way from the lower limits to the upper ones."""
    lower, upper = RIGHT.limits
    return lower + at * (upper - lower)


def test_opening_powers_nothing_and_moves_nothing(emulator, opened):
    assert opened.identity().side is Side.RIGHT
    assert opened.identity().firmware == "1.0-emulated"
    opened.stop()
    assert not {"power", "set angles", "home", "set mode"} & set(emulator.firmware.asked)


def test_reading_after_a_command_agrees_for_every_joint_with_a_motor(emulator, opened, settled):
    target = posture(0.3)
    target[PASSIVE] = 1.5
    opened.command(target)
    measured = settled(opened)
    assert np.abs(measured - target)[DRIVEN].max() < 1e-4
    # The emulated hand's placeholder for what is not published: as the joint before.
    assert np.allclose(measured[PASSIVE], measured[PASSIVE - 1])
    assert emulator.joints.violations == []


def test_the_thirteen_with_motors_are_named(opened):
    assert len(opened.commanded) == 13
    assert set(RIGHT.joints) - set(opened.commanded) == {
        "right_index_joint_3",
        "right_middle_joint_3",
        "right_ring_joint_3",
    }


def test_the_first_command_starts_where_the_hand_stands_whatever_it_was_told_before(
    emulator, settled, make
):
    with make() as first:
        first.command(posture(0.9))
        first.release()
    degrees = np.full(13, 15.0)
    emulator.joints.place(degrees)
    emulator.joints.largest_step = 0.0
    with make() as made:
        made.hold()
        assert np.allclose(settled(made)[DRIVEN], np.radians(15.0))
    assert emulator.joints.largest_step < 1e-9


def test_a_posture_beyond_the_limits_is_held_at_the_limit(emulator, make):
    emulator.joints.place(np.full(13, -1.0))
    with make() as made:
        assert made.read().qpos[1] == pytest.approx(np.radians(-1.0))
        made.hold()
    assert emulator.joints.violations == []


@pytest.mark.parametrize(("joint", "value"), [(0, 0.36), (1, -0.01), (5, 1.6), (9, np.nan)])
def test_what_is_outside_the_limits_is_not_sent(emulator, opened, joint: int, value: float):
    target = posture(0.5)
    target[joint] = value
    with pytest.raises(LimitViolation, match=rf"'{RIGHT.joints[joint]}' is .*Nothing was sent"):
        opened.command(target)
    with pytest.raises(DriverError, match="3 values, the hand 16 joints"):
        opened.command(np.zeros(3))
    assert "set angles" not in emulator.firmware.asked


def test_a_stop_sends_before_it_asks(emulator, opened, settled):
    opened.command(posture(0.8))
    del emulator.firmware.asked[:]
    opened.stop()
    opened.stop()
    assert emulator.firmware.asked[0] == "set angles"
    assert emulator.firmware.asked[-1] == "set angles"
    standing = opened.read().qpos
    assert np.abs(settled(opened) - standing).max() < np.radians(2.0)


def test_stop_and_close_may_be_called_in_any_state(make):
    made = make()
    made.stop()
    made.close()
    with made:
        made.hold()
    made.stop()
    made.close()
    with made:
        assert np.isfinite(made.read().qpos).all()


def test_releasing_takes_the_power_after_a_stop(emulator, opened):
    opened.command(posture(0.2))
    assert emulator.firmware.powered
    opened.release()
    assert not emulator.firmware.powered
    assert emulator.firmware.asked[-2:] == ["set angles", "power"]


def test_motors_that_hold_already_stay_on(emulator, make):
    with make() as first:
        first.hold()
    del emulator.firmware.asked[:]
    with make() as second:
        second.hold()
    assert "power" not in emulator.firmware.asked
    assert emulator.firmware.powered


def test_the_zero_is_sought_when_asked_for_alone(emulator, make):
    with make(home="yes"):
        assert "home" in emulator.firmware.asked


def test_touch_and_currents_are_in_si(emulator, opened):
    emulator.firmware.pressed[10] = (1.0, -2.0, 30.0)
    opened.command(posture(0.1))
    state = opened.read()
    assert state.touch["thumb_tip"] == pytest.approx([0.1, -0.2, 3.0])
    assert len(state.touch) == 11
    assert state.current is not None
    assert (state.current[PASSIVE] == 0.0).all()
    assert (state.current[DRIVEN] >= 0.02).all()


def test_what_is_not_wanted_is_not_asked_for(emulator):
    address = emulator.address
    options = {key: address.options[key] for key in ("python", "path")}
    with PaxiniDriver(RIGHT, replace(address, options={**options, "touch": "no"})) as made:
        state = made.read()
    assert state.touch == {}
    assert state.current is None
    assert not {"touch", "currents"} & set(emulator.firmware.asked)


def test_another_side_is_refused(make):
    with pytest.raises(DriverError, match=r"this is a right hand\. Name it paxini:right, or give"):
        make(LEFT).open()


def test_without_the_sdk_it_is_said_what_to_install():
    made = PaxiniDriver(RIGHT, Address.parse("sdk:/dev/null"))
    with pytest.raises(DriverError) as caught:
        made.open()
    message = str(caught.value)
    assert f"{sys.executable} (Python 3." in message
    assert "has no module 'pxdex'" in message
    assert "python3.10 -m pip install pxdex-*-cp310-cp310-linux_x86_64.whl" in message
    assert "--sdk-python" in message


def test_the_interpreter_may_be_named_apart_from_the_address():
    def interpreter(address: str) -> str:
        body = registry().embodiment("paxini:right")
        (made,) = registry().drivers(body, [address], sdk_python="/nowhere/python3.10")
        with pytest.raises(DriverError, match="there is no Python interpreter at") as caught:
            made.open()
        return str(caught.value).split("'")[1]

    assert interpreter("sdk:/dev/null") == "/nowhere/python3.10"
    assert interpreter("sdk:/dev/null?python=/other/python") == "/other/python"


def test_without_the_port_it_is_said_before_anything_starts():
    with pytest.raises(DriverError, match="/dev/ttyNONE: there is no such port"):
        PaxiniDriver(RIGHT, Address.parse("sdk:/dev/ttyNONE")).open()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("pyton=/usr/bin/python3.10", "there is no option 'pyton'.*It knows python, path, touch"),
        ("touch=maybe", "'touch' is 'maybe'. Give on or off"),
        ("ampere=-1", "'ampere' is '-1'"),
        ("timeout=soon", "'timeout' is 'soon'"),
    ],
)
def test_an_address_that_is_not_understood_is_refused(options: str, said: str):
    with pytest.raises(DriverError, match=said):
        PaxiniDriver(RIGHT, Address.parse(f"sdk:/dev/ttyUSB0?{options}"))
    with pytest.raises(DriverError, match="needs an address, such as sdk:/dev/ttyUSB0"):
        PaxiniDriver(RIGHT)


def test_safely_it_makes_a_fist_and_stays_within_limits(emulator, settled, make):
    clock = iter(0.02 * step for step in range(10_000))
    fist = RIGHT.posture("fist")
    with SafeDriver(make(touch="no"), lambda: next(clock)) as safe:
        while not safe.approach(fist):
            pass
        measured = settled(safe.driver)  # pyright: ignore[reportArgumentType]
    assert np.abs(measured - fist)[DRIVEN].max() < 1e-4
    assert emulator.joints.violations == []


def test_a_joint_without_a_motor_cannot_be_told(opened):
    with pytest.raises(SpecError, match="'right_index_joint_3' has no motor of its own"):
        moving.targets_of(RIGHT, ["index_joint_3=0.5"], opened.commanded)
    assert moving.targets_of(RIGHT, ["index_joint_2=0.5"], opened.commanded)


def test_a_joint_without_a_motor_is_not_waited_for(opened, monkeypatch):
    monkeypatch.setattr(moving, "STILL_TURNS", 10**9)  # it ends by arriving, or the clock does
    monkeypatch.setattr(moving, "LONGEST_TURNS", 10**9)
    clock = iter(0.02 * step for step in range(10_000))
    target = posture(0.2)
    target[PASSIVE] = 1.5
    safe = SafeDriver(opened, lambda: next(clock), speed=1.0)
    reached = moving.move_to(safe, target, lambda: None)
    assert np.abs(reached.qpos - target)[DRIVEN].max() <= moving.ARRIVED


@pytest.mark.parametrize("path", ["far_side.py", *SDK.rglob("*.py")], ids=lambda p: Path(p).name)
def test_the_far_side_is_python_3_6_and_needs_the_sdk_alone(path: Path | str):
    package = Path(xlvla_paxini.__file__).parent
    tree = ast.parse((package / path).read_text(), feature_version=(3, 6))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names | {"pxdex.dh13"}
    assert "__future__" not in names
