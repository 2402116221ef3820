"""A motor that is hotter than its user allows: the emulated hand holds, and the error says which."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from xlvla_xhand.driver import XHandDriver
from xlvla_xhand.emulator import XHandEmulator

from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import JointRecord

INDEX = 4
HOT = 76  # [deg C]; the emulated hand itself gives up above 80

Open = Callable[..., XHandDriver]


@pytest.fixture
def under_way(emulator: XHandEmulator, opened: Open, right: HandSpec) -> XHandDriver:
    """A driver whose hand creeps towards its fist."""
    driver = opened()
    emulator.joints.speed[:] = 0.01  # [rad/s]
    driver.command(right.posture("fist"))
    emulator.joints.record = JointRecord()
    return driver


def test_a_hot_motor_holds(emulator: XHandEmulator, under_way: XHandDriver, right: HandSpec):
    safe = SafeDriver(under_way, lambda: 0.0, thresholds=Thresholds(temperature=70.0))
    safe.read()  # which may be the last command's answer; the next is not
    emulator.hand.temperatures[INDEX] = HOT
    said = (
        rf"xhand:right: the temperature of '{right.joints[INDEX]}' is 76 deg C, above its "
        r"threshold of 70 deg C. The device holds"
    )
    with pytest.raises(DriverError, match=said):
        safe.read()
    assert emulator.joints.record is not None
    _, target, stood = emulator.joints.record.told[-1]
    assert np.abs(target - stood).max() < 0.02
    assert np.abs(target - right.posture("fist")).max() > 0.5


def test_no_threshold_is_made_up(emulator: XHandEmulator, under_way: XHandDriver):
    safe = SafeDriver(under_way, lambda: 0.0)
    emulator.hand.temperatures[INDEX] = HOT
    readings = [safe.read().temperature for _ in range(3)]
    assert readings[-1] is not None
    assert readings[-1][INDEX] == HOT
