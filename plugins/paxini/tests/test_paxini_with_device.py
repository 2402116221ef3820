"""A real DexH13: `pytest plugins/paxini -m hardware --device-address paxini:right=sdk:/dev/ttyUSB0?python=...`

Keep the hand free and its supply's switch in reach. `home=yes` in the address, once after power-up.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

from xlvla_sdk.drivers import Address, SafeDriver
from xlvla_sdk.registry import registry

pytestmark = pytest.mark.hardware
STEP = 0.1  # [rad]


def test_it_reads_and_powers_nothing(device_id: str, device_address: Address):
    device = registry().device(device_id)
    with device.driver(device_address) as driver:
        first, second = driver.read(), driver.read()
    assert np.abs(first.qpos - second.qpos).max() < 0.02
    assert first.faults == ()
    assert len(first.touch) == 11
    lower, upper = device.spec.limits
    assert (first.qpos > lower - 0.1).all()
    assert (first.qpos < upper + 0.1).all()


def test_the_index_finger_bends_a_little_and_comes_back(device_id: str, device_address: Address):
    device = registry().device(device_id)
    with SafeDriver(device.driver(device_address), time.monotonic) as driver:
        start = np.clip(driver.read().qpos, *device.spec.limits)
        there = start.copy()
        there[1] += STEP if start[1] < 1.0 else -STEP
        for target in (there, start):
            while not driver.approach(target):
                time.sleep(0.02)
            time.sleep(0.5)
            assert np.abs(driver.read().qpos - target)[:3].max() < 0.05
        driver.stop()
        driver.release()
