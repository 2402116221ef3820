"""The real Ability Hand; runs with --device-address ability:right=serial:/dev/ttyUSB0.

The hand must stand free: the last test moves its fingers by some 10 degrees and back.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_ability import hand
from xlvla_ability.driver import AbilityDriver

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver

pytestmark = pytest.mark.hardware


@pytest.fixture
def driver(device_id: str, device_address: Address) -> AbilityDriver:
    return AbilityDriver(hand(Side(device_id.partition(":")[2])), device_address)


def test_it_says_how_it_stands(driver: AbilityDriver) -> None:
    with driver:
        state = driver.read()
        spec = driver.spec
        spec.check_limits(state.qpos, tolerance=0.1)
        assert state.faults == ()
        assert driver.identity().serial


def test_reading_does_not_move_it(driver: AbilityDriver) -> None:
    with driver:
        first = driver.read().qpos
        for _ in range(100):
            assert driver.read().qpos == pytest.approx(first, abs=0.02)


def test_two_hundred_cycles_a_second(driver: AbilityDriver) -> None:
    with driver:
        driver.hold()
        where = np.clip(driver.read().qpos, *driver.spec.limits)
        begun = time.monotonic()
        for _ in range(400):
            driver.command(where)
            driver.read()
        took_s = time.monotonic() - begun
        driver.stop()
        driver.release()
        assert driver.link.counts.failed == 0
        assert took_s < 2.0, "set the USB adapter's latency timer to 1 ms; see its page in the docs"


def test_it_goes_ten_degrees_and_back(driver: AbilityDriver) -> None:
    with driver:
        safe = SafeDriver(driver, time.monotonic)
        there = np.clip(driver.read().qpos, *driver.spec.limits)
        away = np.clip(there + np.radians(10) * np.array([-1, 1, 1, 1, 1, 1]), *driver.spec.limits)
        for target in (away, there):
            deadline = time.monotonic() + 3.0
            while time.monotonic() < deadline:
                safe.approach(target)
                safe.read()
            assert safe.read().qpos == pytest.approx(target, abs=0.05)
        safe.stop()
        safe.release()
