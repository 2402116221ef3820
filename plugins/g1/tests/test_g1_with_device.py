"""A real G1; runs with --device-address g1:right=dds:eth0.

The robot must stand with its motion service running and its arms free: the last test takes both arms,
moves one wrist by some 6 degrees and back, and gives the arms back.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_g1 import arm
from xlvla_g1.driver import G1Driver

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver

pytestmark = pytest.mark.hardware

WRIST_ROLL = 4
SLOW = 0.1  # [rad/s]


@pytest.fixture
def driver(device_id: str, device_address: Address) -> G1Driver:
    return G1Driver(arm(Side(device_id.partition(":")[2])), device_address)


def test_it_says_how_it_stands(driver: G1Driver) -> None:
    with driver:
        state = driver.read()
        driver.spec.check_limits(state.qpos, tolerance=0.1)
        assert state.faults == ()
        assert state.temperature is not None
        assert np.all((state.temperature > 0) & (state.temperature < 90))
        assert np.abs(driver.waist()).max() < 3.0


def test_states_come_all_the_time_and_undamaged(driver: G1Driver) -> None:
    with driver:
        states = driver._opened().robot.states
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            states.poll(0.01)
        assert states.heard.taken > 100
        assert states.heard.damaged == 0


def test_a_wrist_goes_there_and_back_and_is_given_back(driver: G1Driver) -> None:
    with driver:
        safe = SafeDriver(driver, time.monotonic)
        start = np.clip(driver.read().qpos, *driver.spec.limits)
        away = start.copy()
        away[WRIST_ROLL] += 0.1 if start[WRIST_ROLL] < 0 else -0.1
        for begin, end in ((start, away), (away, start)):
            for part in np.linspace(0.0, 1.0, int(np.ptp(end - begin) / SLOW * 100)):
                safe.command(begin + part * (end - begin))
                time.sleep(0.01)
            time.sleep(0.5)
            assert driver.read().qpos[WRIST_ROLL] == pytest.approx(end[WRIST_ROLL], abs=0.05)
        driver.stop()
        driver.release()
