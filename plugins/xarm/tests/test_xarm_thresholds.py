"""A motor beyond what its user allows: the emulated arm holds, and the error says which and how much."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_xarm.driver import XArm7Driver
from xlvla_xarm.emulator import XArm7Emulator

from xlvla_sdk.drivers import SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import JointRecord

PATIENCE_S = 10.0
"""How long a test waits for a report; they come five times a second [s]."""


def heat(emulator: XArm7Emulator) -> None:
    emulator.arm.temperature[3] = 72.0


def block(emulator: XArm7Emulator) -> None:
    emulator.arm.current[3] = -9.0


def read_until(safe: SafeDriver, happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline, "no report came"
        safe.read()


@pytest.mark.parametrize(
    ("what", "thresholds", "words"),
    [
        (heat, Thresholds(temperature=65.0), "temperature of 'joint4' is 72 deg C, above its th"),
        (block, Thresholds(current=5.0), "current of 'joint4' is 9 A, above its threshold of 5 A"),
    ],
)
def test_what_is_too_much_holds(
    emulator: XArm7Emulator,
    driver: XArm7Driver,
    what: Callable[[XArm7Emulator], None],
    thresholds: Thresholds,
    words: str,
):
    goal = driver.read().qpos + 0.08
    driver.command(goal)
    emulator.joints.speed[:] = 0.001  # [rad/s]
    emulator.joints.record = JointRecord()
    safe = SafeDriver(driver, time.monotonic, thresholds=thresholds)
    safe.read()
    what(emulator)
    with pytest.raises(DriverError, match=f"xarm7: the {words}.* The device holds"):
        read_until(safe, lambda: False)
    _, target, stood = emulator.joints.record.told[-1]
    assert np.abs(target - stood).max() < 0.01
    assert np.abs(target - goal).max() > 0.01


def test_no_threshold_is_made_up(emulator: XArm7Emulator, driver: XArm7Driver):
    safe = SafeDriver(driver, time.monotonic)
    heat(emulator)
    block(emulator)

    def reported() -> bool:
        state = driver.read()
        return state.temperature is not None and state.temperature[3] == 72.0

    read_until(safe, reported)
