"""The driver against an emulated robot without DDS between them: everything but the line itself."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk import Side
from xlvla_sdk.drivers import SafeDriver
from xlvla_sdk.errors import DriverError, LimitViolation

from .emulated import ARM, SPECS, DirectPort, moved

RIGHT, LEFT = Side.RIGHT, Side.LEFT
WAIST = slice(12, 15)


@pytest.fixture
def port():
    port = DirectPort()
    yield port
    assert port.robot.violations == []
    assert port.opened == port.closed


def test_opening_and_reading_publish_nothing(port: DirectPort):
    with port.driver() as driver:
        state = driver.read()
        assert driver.waist() == pytest.approx([0.0, 0.0, 0.0])
        driver.hold()
        driver.stop()
    assert port.frames == []
    assert state.qpos == pytest.approx(port.at())
    assert state.velocity == pytest.approx(np.zeros(7))
    assert state.temperature == pytest.approx(np.full(7, 42.0))
    assert state.faults == ()


def test_the_first_command_takes_everything_where_it_stands(port: DirectPort):
    port.robot.waist.place([0.3, 0.1, -0.1])
    with port.driver() as driver:
        stood = {side: port.at(side) for side in Side}
        driver.command(moved(stood[RIGHT]))
    first, second = port.told[:2]
    for side in Side:
        assert first.q[ARM[side]] == pytest.approx(stood[side])
    assert first.q[WAIST] == pytest.approx([0.3, 0.1, -0.1])
    assert first.q[29] == second.q[29] == 1.0  # as in the maker's programs
    assert second.q[ARM[RIGHT]] == pytest.approx(moved(stood[RIGHT]))
    assert second.q[ARM[LEFT]] == pytest.approx(stood[LEFT])
    assert second.kp[15:22] == pytest.approx([80] * 4 + [40] * 3)
    assert second.kd[22:29] == pytest.approx([3] * 4 + [1.5] * 3)
    assert second.kp[WAIST] == pytest.approx([300] * 3)
    assert second.mode_machine == 5


def test_what_was_commanded_is_read(port: DirectPort):
    with port.driver() as driver:
        safe = SafeDriver(driver, port.clock)
        target = SPECS[RIGHT].posture("ready")
        while not safe.approach(target):
            port.pass_time(0.004)
        port.pass_time(1.0)
        assert driver.read().qpos == pytest.approx(target, abs=1e-6)
        assert driver.read().velocity == pytest.approx(np.zeros(7), abs=1e-3)


def test_both_arms_share_one_connection_and_one_message(port: DirectPort):
    with port.driver(RIGHT) as right, port.driver(LEFT) as left:
        goals = {side: moved(port.at(side), 0.05) for side in Side}
        right.command(goals[RIGHT])
        left.command(goals[LEFT])
        right.close()
        left.command(goals[LEFT])
        with pytest.raises(DriverError, match="g1:right: is not open"):
            right.read()
    assert (port.opened, port.closed) == (1, 1)
    last = port.told[-1]
    assert last.q[ARM[LEFT]] == pytest.approx(port.told[2].q[ARM[LEFT]])
    assert last.q[ARM[RIGHT]] == pytest.approx(goals[RIGHT])


def test_the_other_arm_has_to_give_the_same_address(port: DirectPort):
    other = port.driver(LEFT, "?ramp_in=2")
    with port.driver(RIGHT), pytest.raises(DriverError, match="give both the same address"):
        other.open()


def test_a_stop_is_sent_before_anything_is_waited_for(port: DirectPort):
    with port.driver() as driver:
        driver.command(moved(port.at(), 0.5))
        port.pass_time(0.02)
        port.log.clear()
        driver.stop()
        assert port.log[:2] == ["read 0", "write"]
        held = port.told[-1].q[ARM[RIGHT]]
        port.pass_time(1.0)
        assert port.at() == pytest.approx(held, abs=1e-6)
        assert driver.read().velocity == pytest.approx(np.zeros(7), abs=1e-3)


def test_a_stop_holds_both_arms(port: DirectPort):
    with port.driver(RIGHT) as right, port.driver(LEFT) as left:
        right.command(moved(port.at(RIGHT), 0.4))
        left.command(moved(port.at(LEFT), 0.4))
        port.pass_time(0.02)
        right.stop()
        now = port.at(LEFT)
        assert port.told[-1].q[ARM[LEFT]] == pytest.approx(now, abs=0.02)


def test_a_second_stop_says_the_same(port: DirectPort):
    with port.driver() as driver:
        driver.command(moved(port.at(), 0.5))
        port.pass_time(0.02)
        driver.stop()
        once = port.frames[-1]
        port.robot.arms[RIGHT].place(port.at() - 0.02)  # an arm that hangs on its motors
        driver.stop()
        assert port.frames[-1] == once


def test_an_arm_that_hangs_on_its_target_does_not_sink_when_held(port: DirectPort):
    with port.driver() as driver:
        target = moved(port.at())
        driver.command(target)
        port.pass_time(1.0)
        port.robot.arms[RIGHT].place(target - 0.03)
        port.pass_time(0.1)
        driver.read()
        driver.hold()
        assert port.told[-1].q[ARM[RIGHT]] == pytest.approx(target)


def test_an_arm_that_something_holds_back_lets_go_when_held(port: DirectPort):
    with port.driver() as driver:
        port.robot.arms[RIGHT].stuck = {3}
        stood = port.at()[3]
        driver.command(moved(port.at(), 0.5))
        port.pass_time(1.0)
        driver.hold()
        assert port.told[-1].q[ARM[RIGHT]][3] == pytest.approx(stood)


def test_a_stop_long_after_the_last_look_waits_for_no_state_either(port: DirectPort):
    with port.driver() as driver:
        target = moved(port.at())
        driver.command(target)
        port.pass_time(5.0)
        port.log.clear()
        driver.stop()
        assert port.log[:2] == ["read 0", "write"]
        assert port.told[-1].q[ARM[RIGHT]] == pytest.approx(target, abs=0.01)


def test_a_stop_of_a_silent_robot_is_sent_and_says_so(port: DirectPort):
    driver = port.driver()
    driver.open()
    driver.command(moved(port.at()))
    sent = len(port.frames)
    port.silent = True
    port.pass_time(1.0)
    with pytest.raises(DriverError, match="told to stay at their last targets"):
        driver.stop()
    assert len(port.frames) == sent + 3
    driver.close()


def test_a_stop_without_a_line_is_an_error_and_closing_is_none(port: DirectPort):
    driver = port.driver()
    driver.open()
    driver.command(moved(port.at()))
    port.gone = True
    with pytest.raises(DriverError, match="the line is gone"):
        driver.stop()
    driver.close()
    driver.close()


def test_a_stop_before_opening_and_after_closing_does_nothing(port: DirectPort):
    driver = port.driver()
    driver.stop()
    with driver:
        pass
    driver.stop()
    assert port.frames == []


def test_a_message_that_nobody_hears_takes_nothing(port: DirectPort):
    with port.driver() as driver:
        port.gone = True
        with pytest.raises(DriverError, match="the line is gone"):
            driver.command(port.at())
        driver.stop()
        port.gone = False
        driver.command(port.at())
    assert port.weights[0] == 1.0


def test_a_motor_that_fails_holds_both_arms_and_is_named(port: DirectPort):
    with port.driver(RIGHT) as right, port.driver(LEFT) as left:
        right.command(moved(port.at(RIGHT), 0.5))
        port.pass_time(0.02)
        port.robot.motor_faults[18] = 0x40
        left.read()
        port.pass_time(0.06)
        with pytest.raises(DriverError, match=r"left_elbow_joint: its motor reports fault 0x40.*"):
            right.command(moved(port.at(RIGHT), 0.5))
        assert port.told[-1].q[ARM[RIGHT]] == pytest.approx(port.at(RIGHT), abs=0.05)
        assert left.read().faults == ("left_elbow_joint: its motor reports fault 0x40",)
        assert right.read().faults == ()


def test_a_motor_that_is_not_driven_is_named_and_nothing_is_sent(port: DirectPort):
    port.robot.asleep = {22}
    with port.driver() as driver:
        with pytest.raises(
            DriverError, match="right_shoulder_pitch_joint: its motor is not driven"
        ):
            driver.command(port.at())
        assert driver.read().faults == ("right_shoulder_pitch_joint: its motor is not driven",)
    assert port.frames == []


def test_the_hotter_sensor_of_a_motor_is_read(port: DirectPort):
    port.robot.temperature[25] = [71.0, 50.0]
    with port.driver() as driver:
        assert driver.read().temperature == pytest.approx([42, 42, 42, 71, 42, 42, 42])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.array([np.nan, 0, 0, 0, 0, 0, 0]), "right_shoulder_pitch_joint"),
        (np.array([0, 1.5883, 0, 0, 0, 0, 0]), r"right_shoulder_roll_joint.*Nothing was sent"),
        (
            np.array([2.6, 0, 0, 0, 0, 0, 0]),
            r"right_shoulder_pitch_joint was told to go \+2.30 rad",
        ),
    ],
)
def test_what_must_not_be_sent_is_not(port: DirectPort, wrong: np.ndarray, message: str):
    with port.driver() as driver:
        with pytest.raises(LimitViolation, match=message):
            driver.command(wrong)
        with pytest.raises(DriverError, match="a command has 6 values, the arm 7"):
            driver.command(wrong[:6])
    assert port.frames == []


def test_the_limits_themselves_are_never_passed_by_rounding(port: DirectPort):
    with port.driver() as driver:
        safe = SafeDriver(driver, port.clock)
        for bound in SPECS[RIGHT].limits:
            while not safe.approach(bound):
                port.pass_time(0.004)
    assert port.robot.violations == []


def test_a_joint_beyond_its_limit_is_held_at_it_or_refused(port: DirectPort):
    beyond = np.array([0.3, 1.5882 + 0.05, 0.0, 0.6, 0.0, 0.0, 0.0])
    port.robot.arms[RIGHT].place(beyond)
    with port.driver() as driver:
        driver.command(np.minimum(beyond, SPECS[RIGHT].limits.upper))
        assert port.told[0].q[23] == pytest.approx(1.5882)
    port.robot.arms[RIGHT].place(beyond + np.eye(7)[1] * 0.1)
    with port.driver() as driver, pytest.raises(LimitViolation, match="right_shoulder_roll_joint"):
        driver.command(np.minimum(beyond, SPECS[RIGHT].limits.upper))


def test_a_waist_counted_by_motors_is_left_alone(port: DirectPort):
    port.robot.mode_pr = 1
    with port.driver() as driver, pytest.raises(DriverError, match="mode_pr 1"):
        driver.command(port.at())
    assert port.frames == []


@pytest.mark.parametrize(
    ("machine", "options", "message"),
    [
        (4, "", "G1, 23 joints.*Its arms have five joints"),
        (4, "?machine=4", "G1, 23 joints.*Its arms have five joints"),
        (12, "", "after rev 1.0.*add machine=12 to the address"),
        (12, "?machine=11", "add machine=12"),
        (77, "", r"G1, unknown \(mode_machine 77\)"),
    ],
)
def test_another_robot_is_refused(port: DirectPort, machine: int, options: str, message: str):
    port.robot.machine = machine
    with pytest.raises(DriverError, match=message):
        port.driver(options=options).open()
    assert (port.opened, port.closed) == (1, 1)


def test_another_robot_is_taken_when_the_address_names_it(port: DirectPort):
    port.robot.machine = 12
    with port.driver(options="?machine=12") as driver:
        driver.command(port.at())
        assert driver.identity().model == "G1, 29 joints, after rev 1.0 (mode_machine 12)"
        assert (driver.identity().side, driver.identity().firmware) == (RIGHT, "1.0")
    assert port.told[0].mode_machine == 12


def test_addresses_are_read_strictly(port: DirectPort):
    with pytest.raises(DriverError, match=r"no option 'rate'.*It knows domain"):
        port.driver(options="?rate=5").open()
    assert port.opened == 0


def test_silence_is_an_error_in_time(port: DirectPort):
    with port.driver() as driver:
        port.silent = True
        port.pass_time(0.06)
        began_s = port.clock.time_s
        with pytest.raises(DriverError, match=r"no state on rt/lowstate for 0\.2 s.*cable"):
            driver.read()
        with pytest.raises(DriverError, match="no state"):
            driver.command(port.at())
        assert port.clock.time_s - began_s < 0.5
        port.silent = False
        driver.read()
    assert port.frames == []


def test_a_state_that_lay_about_is_not_taken_for_one_of_now(port: DirectPort):
    """The line keeps the newest message: after a pause it may be as old as the pause."""
    with port.driver() as driver:
        driver.read()
        left = port.robot.state(port.clock())
        port.robot.arms[RIGHT].place(moved(port.at(), 0.3))
        port.pass_time(3.0)
        port.before = [left]
        assert driver.read().qpos == pytest.approx(port.at())
    assert port.before == []


def test_a_robot_started_anew_is_sent_nothing_until_the_driver_is(port: DirectPort):
    driver = port.driver()
    driver.open()
    driver.command(port.at())
    sent = len(port.frames)
    port.robot.reboot(port.clock())
    port.pass_time(0.06)
    for call in (driver.read, lambda: driver.command(port.at()), driver.stop):
        with pytest.raises(DriverError, match="started anew"):
            call()
    driver.stop()
    assert len(port.frames) == sent
    driver.close()
    with driver:
        port.pass_time(1.0)
        driver.command(port.at())
    assert port.weights[sent] == 1.0


def test_messages_that_are_old_or_damaged_are_counted_and_passed_over(port: DirectPort):
    with port.driver() as driver:
        states = driver._opened().robot.states
        good = port.robot.state(port.clock())
        port.before = [good, good, good[:-1], good[:-4] + bytes(4)]
        port.pass_time(0.06)
        for _ in range(4):
            states.poll()
        driver.read()
        assert (states.heard.old, states.heard.damaged) == (1, 2)
