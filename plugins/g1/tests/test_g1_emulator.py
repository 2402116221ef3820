"""The emulated robot: what it heeds, what it notes as wrong, and how it moves."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_g1.firmware import ARMS, OWN_LEFT, OWN_RIGHT, WAIST, G1Firmware
from xlvla_g1.frames import parse_state

from xlvla_sdk import Side
from xlvla_sdk.testing import Faults

from .by_hand import command

OWN = dict(enumerate((0.0, 0.0, 0.0, *OWN_LEFT, *OWN_RIGHT), start=WAIST.start))
ELBOW = 25


def posture(weight: float = 1.0, **changed: dict[str, float]) -> bytes:
    """A command to stay where the arms stand at first; `m25={"q": 1.0}` changes a motor's."""
    motors = {i: {"mode": 1, "q": q, "kp": 60.0, "kd": 1.5} for i, q in OWN.items()}
    for name, fields in changed.items():
        motors[int(name[1:])] = motors.get(int(name[1:]), {}) | fields
    return command(motors | {29: {"q": weight}})


@pytest.fixture
def robot() -> G1Firmware:
    return G1Firmware(Side.RIGHT)


def elbow(robot: G1Firmware, now: float) -> float:
    return float(robot.arms[Side.RIGHT].position(now)[ELBOW - ARMS[Side.RIGHT].start])


def test_it_goes_where_it_is_told_with_a_lag_and_no_faster_than_its_motors(robot: G1Firmware):
    robot.state(0.0)
    assert robot.receive(posture(m25={"q": 2.0}), 0.0) == ()
    assert elbow(robot, 0.005) == pytest.approx(0.6 + 0.005 * 37.0, abs=1e-6)
    assert elbow(robot, 1.0) == pytest.approx(2.0, abs=1e-6)
    assert robot.violations == []


def test_a_command_counts_as_much_as_the_weight_says(robot: G1Firmware):
    robot.receive(posture(0.25, m25={"q": 1.0}), 0.0)
    assert elbow(robot, 1.0) == pytest.approx(0.25 * 1.0 + 0.75 * 0.6)
    assert robot.weight == 0.25


def test_what_is_not_for_it_is_ignored(robot: G1Firmware):
    moved = {ELBOW: {"mode": 1, "q": 1.0, "kp": 60.0, "kd": 1.5}, 29: {"q": 1.0}}
    for frame in (
        command(moved, spoil=1),
        command(moved)[:-1],
        command(moved, mode_machine=4),
        posture(1.5, m25={"q": 1.0}),
        posture(float("nan"), m25={"q": 1.0}),
    ):
        robot.receive(frame, 0.0)
    assert robot.refused == {"damaged": 2, "machine": 1, "weight": 2, "not standing": 0}
    assert (robot.told, elbow(robot, 1.0)) == (0, 0.6)
    assert len(robot.violations) == 3
    robot.standing = False
    robot.receive(posture(m25={"q": 1.0}), 1.0)
    assert (robot.refused["not standing"], elbow(robot, 2.0)) == (1, 0.6)


@pytest.mark.parametrize(
    ("changed", "noted"),
    [
        ({"m25": {"q": 2.0945}}, "motor 25 was told 2.0945"),
        ({"m16": {"q": -1.5883}}, "motor 16 was told -1.5883"),
        ({"m13": {"q": 0.6}}, "motor 13 was told 0.6"),
        ({"m25": {"q": float("nan")}}, "motor 25 was told nan"),
        ({"m25": {"kp": 0.0}}, "motor 25 .* at kp 0,"),
        ({"m25": {"kp": 900.0}}, "motor 25 .* at kp 900,"),
        ({"m25": {"kd": 0.0}}, "motor 25 .* kd 0,"),
        ({"m25": {"mode": 0}}, "motor 25 .* mode 0"),
        ({"m3": {"mode": 1}}, "the legs were driven"),
        ({"m3": {"kp": 1.0}}, "the legs were driven"),
    ],
)
def test_what_must_not_be_told_is_noted(robot: G1Firmware, changed: dict, noted: str):
    robot.receive(posture(**changed), 0.0)
    (said,) = robot.violations
    assert re.search(noted, said)


def test_a_weight_that_falls_at_once_is_noted_and_drops_the_arms(robot: G1Firmware):
    robot.receive(posture(1.0, m25={"q": 2.0}), 0.0)
    robot.arms[Side.RIGHT].position(1.0)
    robot.arms[Side.RIGHT].largest_step = 0.0
    robot.receive(posture(0.0, m25={"q": 2.0}), 1.0)
    assert robot.violations == ["the weight fell from 1.00 to 0.00 at once"]
    assert robot.largest_step == pytest.approx(1.4 / (2.0944 + 1.0472))


def test_a_state_tells_what_the_motors_do(robot: G1Firmware):
    robot.motor_faults[ELBOW] = 0x40
    robot.asleep = {22}
    robot.temperature[28] = (50, 61)
    robot.state(0.0)
    robot.receive(posture(m25={"q": 2.0}), 0.0)
    state = parse_state(robot.state(0.005))
    assert state is not None
    assert state.q[13] == pytest.approx(0.785, abs=1e-6)
    assert state.dq[13] == pytest.approx(37.0, rel=1e-3)
    assert state.torque[13] == pytest.approx(25.0)  # the most it can
    assert np.flatnonzero(state.fault).tolist() == [13]
    assert np.flatnonzero(state.mode == 0).tolist() == [10]
    assert state.temperature[16] == 61


def test_starting_anew_it_counts_anew_and_takes_its_arms_back(robot: G1Firmware):
    robot.receive(posture(m25={"q": 2.0}), 0.0)
    before = parse_state(robot.state(1.0))
    robot.reboot(1.0)
    after = parse_state(robot.state(2.0))
    assert before is not None
    assert after is not None
    assert after.tick < before.tick
    assert robot.weight == 0.0
    assert elbow(robot, 3.0) == pytest.approx(0.6, abs=1e-6)


def test_a_foreign_state_is_an_older_one():
    robot = G1Firmware(Side.LEFT, faults := Faults())
    ticks = []
    for part in (0.0, 1.0, 0.0):
        faults.foreign = part
        state = parse_state(robot.state(0.0))
        assert state is not None
        ticks.append(state.tick)
    assert ticks[1] < ticks[0] < ticks[2]
    assert robot.joints is robot.arms[Side.LEFT]


@given(st.binary(max_size=1100) | st.binary(min_size=1004, max_size=1004))
def test_noise_is_refused(data: bytes):
    robot = G1Firmware()
    assert robot.receive(data, 0.0) == ()
    assert robot.refused["damaged"] == 1
