"""A real xArm 7: reads, moves one joint by two degrees and back, stops. Keep the button at hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_xarm import arm
from xlvla_xarm.driver import XArm7Driver

from xlvla_sdk.drivers import Address, SafeDriver

pytestmark = pytest.mark.hardware
TWO_DEGREES = 0.035  # [rad]
PERIOD_S = 0.004


@pytest.mark.timeout(30)
def test_it_says_who_it_is_and_reads(device_address: Address):
    with XArm7Driver(arm(), device_address) as driver:
        assert driver.identity().serial
        state = driver.read()
    assert np.isfinite(state.qpos).all()
    assert state.temperature is not None
    assert state.faults == ()


@pytest.mark.timeout(30)
def test_the_last_joint_goes_there_and_back(device_address: Address):
    with SafeDriver(XArm7Driver(arm(), device_address), time.monotonic) as driver:
        start = driver.read().qpos.copy()
        for step in np.sin(np.linspace(0.0, np.pi, 1000)) * TWO_DEGREES:
            driver.command(start + step * np.eye(7)[6])
            time.sleep(PERIOD_S)
        assert driver.read().qpos == pytest.approx(start, abs=0.01)
        driver.stop()
        assert driver.read().qpos == pytest.approx(start, abs=0.01)
