"""A session of the Ability Hand that nobody feeds: noticed, said, and never followed by a jump."""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_ability import hand
from xlvla_ability.driver import AbilityDriver
from xlvla_ability.emulator import AbilityEmulator

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError

RIGHT = hand(Side.RIGHT)
OPENED, FIST = RIGHT.posture("open"), RIGHT.posture("fist")


@pytest.fixture
def emulator():
    with AbilityEmulator(RIGHT, "serial", timed=False) as emulator:
        yield emulator


@pytest.fixture
def driver(emulator: AbilityEmulator):
    address = Address("serial", emulator.address.place, {"timeout": "0.5"})
    with AbilityDriver(RIGHT, address) as driver:
        yield driver


def reach(driver: AbilityDriver, qpos: np.ndarray) -> None:
    deadline = time.monotonic() + 5.0
    while np.abs(driver.read().qpos - qpos).max() > 0.005:
        assert time.monotonic() < deadline, "it never got there"
        try:
            driver.command(qpos)
        except DriverError:  # this machine paused for over 0.3 s
            driver.hold()


def leave_alone(emulator: AbilityEmulator, seconds: float) -> None:
    time.sleep(seconds)
    assert not emulator.firmware.in_api(time.monotonic())


def test_it_is_said_and_the_next_target_is_no_jump(
    emulator: AbilityEmulator, driver: AbilityDriver, caplog: pytest.LogCaptureFixture
):
    reach(driver, FIST)
    leave_alone(emulator, 0.6)  # it opens by itself
    state = driver.read()
    assert "left API mode" in state.faults[0]
    assert state.qpos[2] < 0.8
    for _ in range(2):  # as often as it is tried
        with pytest.raises(DriverError, match=r"more than 10 degrees from the target.*hold\(\)"):
            driver.command(FIST)
    assert "left API mode" in caplog.text
    driver.hold()
    assert driver.read().faults == ()
    reach(driver, FIST)


def test_a_hand_that_stayed_goes_on(emulator: AbilityEmulator, driver: AbilityDriver):
    reach(driver, OPENED)  # where it goes by itself
    sessions = emulator.firmware.sessions
    leave_alone(emulator, 0.35)
    driver.command(np.array([0.0, 0.05, 0.05, 0.05, 0.05, 0.05]))
    assert emulator.firmware.sessions == sessions + 1


def test_stop_takes_an_unfed_hand_back_where_it_stands(
    emulator: AbilityEmulator, driver: AbilityDriver
):
    reach(driver, FIST)
    leave_alone(emulator, 0.8)  # it has opened by itself
    emulator.joints.largest_step = 0.0
    driver.stop()
    assert emulator.firmware.in_api(time.monotonic())
    assert emulator.joints.largest_step < 0.01  # of the range: no way back to the fist


def test_reading_feeds(emulator: AbilityEmulator, driver: AbilityDriver):
    before = 0
    for _ in range(5):  # until this machine makes no pause in between
        reach(driver, FIST)
        before = emulator.firmware.ran_out
        begun = last = time.monotonic()
        longest = 0.0
        while last - begun < 0.5:
            driver.read()
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        if longest < 0.2:
            break
    assert emulator.firmware.ran_out == before
    assert driver.read().faults == ()


def test_a_driver_that_never_commanded_has_nothing_to_feed(
    emulator: AbilityEmulator, driver: AbilityDriver
):
    driver.read()
    time.sleep(0.35)
    assert driver.read().faults == ()
    driver.stop()
    assert emulator.firmware.sessions == 0
