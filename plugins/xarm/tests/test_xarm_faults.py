"""Whatever goes wrong: recovered, or a DriverError that says what and how to go on; never silence."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_xarm.driver import XArm7Driver
from xlvla_xarm.emulator import XArm7Emulator
from xlvla_xarm.readings import SLACK

from xlvla_sdk.errors import DriverError, LimitViolation

MakeDriver = Callable[..., XArm7Driver]
EXCHANGES = 60
NO_CHECK_SUM = ("corrupted",)
"""The protocol has none (TCP's own guards the real line): here a reading is only plausible."""


def exchange(driver: XArm7Driver, emulator: XArm7Emulator, within: float) -> int:
    """Commands and reads; returns how many of them raised. Nothing that is read is wrong."""
    raised = 0
    here = emulator.joints.position(0.0).copy()
    for number in range(EXCHANGES):
        try:
            driver.command(here + 0.05 * np.sin(number / 10))
            state = driver.read()
        except (DriverError, LimitViolation):
            raised += 1
            continue
        now = emulator.joints.position(time.monotonic())
        assert np.abs(state.qpos - now).max() < within
    return raised


@pytest.mark.parametrize("kind", ["repeated", "split", "delayed", "foreign", "dropped"])
def test_what_can_be_recovered_is(make_driver: MakeDriver, emulator: XArm7Emulator, kind: str):
    driver = make_driver(timeout=0.03)
    driver.open()
    driver.hold()  # enabling takes seconds to give up: brakes need theirs
    emulator.faults.delay_s = 0.04
    setattr(emulator.faults, kind, 0.08)
    raised = exchange(driver, emulator, within=0.06)
    assert emulator.faults.struck[kind] > 0
    assert raised <= EXCHANGES // 10
    if kind not in ("repeated", "split"):
        assert driver.counts.recovered > 0
    assert not emulator.joints.violations
    assert emulator.joints.largest_step < 0.05


@pytest.mark.parametrize("kind", ["truncated", "corrupted", "noise"])
def test_what_breaks_the_stream_is_an_error_at_most(
    make_driver: MakeDriver, emulator: XArm7Emulator, kind: str
):
    """TCP loses and changes nothing by itself; should the box do so, no frame is found again."""
    driver = make_driver(timeout=0.01)
    driver.open()
    driver.hold()
    setattr(emulator.faults, kind, 0.05)
    within = SLACK + 0.06 if kind in NO_CHECK_SUM else 0.06
    raised = exchange(driver, emulator, within)
    assert emulator.faults.struck[kind] > 0
    assert raised > 0 or kind in NO_CHECK_SUM
    assert driver.counts.failed + driver.counts.refused + driver.counts.recovered > 0
    assert not emulator.joints.violations
    assert emulator.joints.largest_step < 0.05


def test_a_silent_box_is_an_error_in_time(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.hold()
    emulator.faults.silent = True
    with pytest.raises(DriverError, match=r"read of the joint states in 0\.1 s.*network cable"):
        driver.read()
    with pytest.raises(DriverError, match="to a target"):
        driver.command(emulator.joints.position(0.0))


def test_a_stop_reaches_a_box_that_does_not_answer(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.command(driver.read().qpos + 0.3)
    emulator.faults.silent = True
    with pytest.raises(DriverError, match="to stop"):
        driver.stop()
    assert emulator.arm.state == 4


def test_a_pulled_cable_is_an_error_and_a_new_connection_works(
    driver: XArm7Driver, emulator: XArm7Emulator, make_driver: MakeDriver
):
    driver.hold()
    emulator.box.unplug()
    for call in (driver.read, driver.hold, driver.stop, driver.stop, driver.release):
        with pytest.raises(DriverError, match="xarm7 on 127"):
            call()
    driver.close()
    with pytest.raises(DriverError, match="no xArm control box answers"):
        make_driver().open()
    emulator.box.plug()
    again = make_driver()
    again.open()
    assert again.read().qpos == pytest.approx(emulator.joints.position(0.0))


def test_a_closed_connection_is_an_error(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.hold()
    emulator.box.hang_up()
    with pytest.raises(DriverError, match="joint states"):
        driver.read()
    with pytest.raises(DriverError):
        driver.stop()
    driver.close()
    driver.open()
    driver.stop()


def test_a_reboot_leaves_the_arm_as_it_is_until_it_is_opened_anew(
    driver: XArm7Driver, emulator: XArm7Emulator
):
    driver.hold()
    emulator.reboot()
    with pytest.raises(DriverError):
        driver.command(emulator.joints.position(0.0))
    assert not emulator.arm.enabled
    driver.close()
    driver.open()
    assert not emulator.arm.enabled
    driver.command(driver.read().qpos)
    assert emulator.arm.ready


def test_the_emergency_stop_is_told_in_words_and_never_cleared_by_itself(
    driver: XArm7Driver, emulator: XArm7Emulator, make_driver: MakeDriver
):
    here = driver.read().qpos
    driver.command(here)
    emulator.arm.press(time.monotonic())
    for _ in range(2):
        with pytest.raises(
            DriverError, match=r"error 1, the emergency stop button is pressed\. Release.*clear=1"
        ):
            driver.command(here)
    assert driver.read().faults == ("error 1, the emergency stop button is pressed",)
    driver.close()
    emulator.arm.button = False  # released; the error stands
    with pytest.raises(DriverError, match="error 1"):
        make_driver().open()
    assert emulator.arm.error == 1


def test_an_error_is_cleared_when_told_to_and_said(
    emulator: XArm7Emulator, make_driver: MakeDriver, caplog: pytest.LogCaptureFixture
):
    emulator.arm.fail(31, time.monotonic())
    emulator.arm.warning = 12
    driver = make_driver(clear=1)
    driver.open()
    assert (emulator.arm.error, emulator.arm.warning) == (0, 0)
    assert "clearing error 31, a collision" in caplog.text
    assert "warning 12, a parameter was wrong" in caplog.text
    driver.hold()
    assert emulator.arm.ready


def test_what_cannot_be_cleared_is_refused(emulator: XArm7Emulator, make_driver: MakeDriver):
    emulator.arm.press(time.monotonic())
    with pytest.raises(DriverError, match="emergency stop button is pressed"):
        make_driver(clear=1).open()


@pytest.mark.parametrize("code", [23, 24, 31, 35, 60, 99])
def test_an_error_while_moving_is_told_with_its_mend(
    driver: XArm7Driver, emulator: XArm7Emulator, code: int
):
    here = driver.read().qpos
    driver.command(here)
    emulator.arm.fail(code, time.monotonic())
    with pytest.raises(DriverError, match=rf"error {code}, .*\. .*; then open it again"):
        driver.command(here)
    driver.stop()
    assert emulator.arm.error == code


def test_a_motor_that_is_too_hot_is_named(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.hold()
    emulator.arm.overheat(3, time.monotonic())
    with pytest.raises(DriverError, match="error 14, the motor of joint4"):
        driver.hold()
    until = time.monotonic() + 5.0
    while len(faults := driver.read().faults) < 2:  # the next report, after 0.2 s
        assert time.monotonic() < until
    assert faults == (
        "error 14, the motor of joint4 reports an error",
        "joint4: too hot (motor error 15)",
    )
    temperature = driver.read().temperature
    assert temperature is not None
    assert temperature[3] == 85.0


def test_a_warning_is_told_and_stops_nothing(driver: XArm7Driver, emulator: XArm7Emulator):
    emulator.arm.warning = 12
    here = driver.read().qpos
    driver.command(here)
    assert driver.read().faults == ("warning 12, a parameter was wrong",)
    assert emulator.arm.warning == 12


def test_a_stop_by_somebody_else_is_an_error_and_the_next_command_begins_anew(
    driver: XArm7Driver, emulator: XArm7Emulator
):
    here = driver.read().qpos
    driver.command(here)
    emulator.arm.set_state(4, time.monotonic())
    with pytest.raises(DriverError, match=r"did not take a target: it is stopped\. Somebody else"):
        driver.command(here)
    driver.command(driver.read().qpos)
    assert emulator.arm.ready


def test_a_stuck_joint_reads_where_it_stands(driver: XArm7Driver, emulator: XArm7Emulator):
    emulator.joints.stuck = {2}
    here = driver.read().qpos.copy()
    driver.command(here + 0.1)
    until = time.monotonic() + 5.0
    while (
        np.abs(driver.read().qpos[[0, 1, 3, 4, 5, 6]] - here[[0, 1, 3, 4, 5, 6]] - 0.1).max() > 1e-3
    ):
        assert time.monotonic() < until
    assert driver.read().qpos[2] == pytest.approx(here[2])


def test_a_reply_that_wrongly_says_error_is_asked_about(
    driver: XArm7Driver, emulator: XArm7Emulator, monkeypatch: pytest.MonkeyPatch
):
    here = driver.read().qpos
    driver.command(here)
    answers = [1, 9]
    real = driver._box._api.set_servo_angle_j

    def mistaken(*args: object, **kwargs: object) -> int:
        return answers.pop() if answers else real(*args, **kwargs)

    monkeypatch.setattr(driver._box._api, "set_servo_angle_j", mistaken)
    answers.pop()
    driver.command(here)
    assert driver.counts.recovered == 1


def test_a_reading_that_cannot_be_is_taken_again(
    driver: XArm7Driver, monkeypatch: pytest.MonkeyPatch
):
    truth = driver._box.joint_states()
    told = [truth + 1.0, truth]
    monkeypatch.setattr(driver._box, "joint_states", lambda: told.pop(0))
    assert driver.read().qpos == pytest.approx(truth[0])
    assert (driver.counts.refused, driver.counts.recovered) == (1, 1)
    told[:] = [truth + 1.0, truth + 2.0]
    with pytest.raises(DriverError, match="make no sense"):
        driver.read()


def test_reports_that_cease_leave_no_old_temperatures(
    driver: XArm7Driver, monkeypatch: pytest.MonkeyPatch
):
    assert driver.read().temperature is not None
    line = driver._box._report
    assert line is not None
    line.close()
    line._heard_s -= 2.0
    assert driver.read().temperature is None


def test_a_report_port_that_is_mute_is_an_error(emulator: XArm7Emulator, make_driver: MakeDriver):
    with pytest.raises(DriverError, match=r"does not report on port 1 .*report=0"):
        make_driver(report=1).open()
