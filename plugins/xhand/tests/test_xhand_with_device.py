"""With a real XHAND1: `pytest --device-address xhand:right=serial:/dev/ttyUSB0`. It moves a finger.

Nothing may be in reach of the fingers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from xlvla_xhand import hand
from xlvla_xhand.driver import XHandDriver

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver

pytestmark = pytest.mark.hardware
RATE_HZ = 80.0


@pytest.fixture
def driver(device_id: str, device_address: Address) -> Iterator[XHandDriver]:
    spec = hand(Side(device_id.partition(":")[2]))
    with XHandDriver(spec, device_address) as driver:
        yield driver


def test_it_says_who_it_is(driver: XHandDriver):
    identity = driver.identity()
    assert identity.side is driver.spec.side
    assert identity.serial
    assert identity.firmware


def test_nothing_is_wrong_and_the_posture_is_within_its_limits(driver: XHandDriver):
    state = driver.read()
    assert state.faults == ()
    driver.spec.check_limits(state.qpos, 0.1)
    assert state.temperature is not None
    assert (state.temperature < 70.0).all()


def test_it_holds_where_it_stands(driver: XHandDriver):
    stands = driver.read().qpos
    driver.hold()
    time.sleep(0.5)
    assert driver.read().qpos == pytest.approx(stands, abs=0.05)


def test_it_is_commanded_and_read_at_80_hz(driver: XHandDriver):
    driver.hold()
    target = driver.spec.limits.lower.clip(driver.read().qpos, driver.spec.limits.upper)
    begun = time.monotonic()
    for _ in range(80):
        driver.command(target)
        driver.read()
    assert 80 / (time.monotonic() - begun) >= RATE_HZ


def test_the_index_finger_bends_and_comes_back(driver: XHandDriver):
    at = driver.spec.joints.index(f"{driver.spec.side}_hand_index_joint1")
    safe = SafeDriver(driver, time.monotonic)
    begun = np.clip(driver.read().qpos, *driver.spec.limits)
    bent = begun.copy()
    bent[at] = min(begun[at] + 0.3, driver.spec.limits.upper[at])
    for target in (bent, begun):
        while not safe.approach(begun + np.clip(target - begun, -0.3, 0.3)):
            time.sleep(1.0 / RATE_HZ)
        time.sleep(0.5)
        assert safe.read().qpos[at] == pytest.approx(target[at], abs=0.1)
