"""A motor that is hotter than its user allows: the emulated robot's arm holds, and the error says which."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk import Side
from xlvla_sdk.drivers import SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError

from .emulated import ARM, DirectPort, moved

RIGHT = Side.RIGHT
ELBOW = 25


@pytest.mark.parametrize("heat", [(60.0, 85.0), (85.0, 60.0)], ids=["winding", "casing"])
def test_a_hot_motor_holds(heat: tuple[float, float]):
    port = DirectPort()
    with port.driver(RIGHT) as driver:
        safe = SafeDriver(driver, port.clock, thresholds=Thresholds(temperature=80.0))
        goal = moved(port.at(), 0.2)
        driver.command(goal)
        port.robot.arms[RIGHT].speed[:] = 0.01  # [rad/s]
        safe.read()
        port.robot.temperature[ELBOW] = heat
        port.pass_time(0.02)
        said = (
            r"g1:right: the temperature of 'right_elbow_joint' is 85 deg C, above its threshold of "
            r"80 deg C. The device holds"
        )
        with pytest.raises(DriverError, match=said):
            safe.read()
        held = port.told[-1].q[ARM[RIGHT]]
        assert np.abs(held - goal).max() > 0.1
        assert held == pytest.approx(port.at(), abs=0.02)


def test_the_other_arms_heat_is_the_other_arms():
    port = DirectPort()
    with port.driver(RIGHT) as driver:
        safe = SafeDriver(driver, port.clock, thresholds=Thresholds(temperature=80.0))
        port.robot.temperature[ELBOW - 7] = (60.0, 85.0)
        for _ in range(3):
            port.pass_time(0.02)
            safe.read()


def test_no_threshold_is_made_up():
    port = DirectPort()
    with port.driver(RIGHT) as driver:
        port.robot.temperature[ELBOW] = (60.0, 95.0)
        port.pass_time(0.05)
        state = SafeDriver(driver, port.clock).read()
        assert state.temperature is not None
        assert state.temperature[3] == 95.0
