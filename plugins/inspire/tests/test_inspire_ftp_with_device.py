"""A real RH56 DFTP; runs with --device-address inspire_ftp:right=modbus-tcp://192.168.11.210.

Nothing may touch the hand or be in reach of its fingers: the last test bends the little finger.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from xlvla_inspire.driver import InspireDriver
from xlvla_inspire.tactile_hand import tactile_hand
from xlvla_inspire.touch import FIELDS

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address

from .bending import bends_alone_and_says_so

pytestmark = pytest.mark.hardware
RATE_HZ, TOUCH_HZ = 50.0, 25.0


def opened(device_id: str, address: Address, **options: str) -> Iterator[InspireDriver]:
    spec = tactile_hand(Side(device_id.partition(":")[2]))
    with InspireDriver(spec, replace(address, options={**address.options, **options})) as driver:
        yield driver


@pytest.fixture
def driver(device_id: str, device_address: Address) -> Iterator[InspireDriver]:
    yield from opened(device_id, device_address)


@pytest.fixture
def touching(device_id: str, device_address: Address) -> Iterator[InspireDriver]:
    yield from opened(device_id, device_address, touch="1")


def cycles_a_second(driver: InspireDriver, count: int) -> float:
    stands = np.clip(driver.read().qpos, *driver.spec.limits)
    begun = time.monotonic()
    for _ in range(count):
        driver.command(stands)
        driver.read()
    return count / (time.monotonic() - begun)


def test_it_is_the_tactile_hand_and_nothing_is_wrong(driver: InspireDriver) -> None:
    state = driver.read()
    assert driver.identity().model == "RH56DFTP"
    driver.spec.check_limits(state.qpos, tolerance=0.1)
    assert state.faults == ()


def test_it_is_commanded_and_read_at_50_hz(driver: InspireDriver) -> None:
    assert cycles_a_second(driver, 100) >= RATE_HZ
    assert driver.link.counts.failed == 0


def test_every_touch_field_answers_within_its_range(touching: InspireDriver) -> None:
    touch = touching.read().touch
    assert {name: field.shape for name, field in touch.items()} == FIELDS
    assert all(((field >= 0) & (field <= 4095)).all() for field in touch.values())


def test_touch_comes_25_times_a_second(touching: InspireDriver) -> None:
    assert cycles_a_second(touching, 50) >= TOUCH_HZ


def test_it_opens_again_after_a_rest(device_id: str, device_address: Address) -> None:
    for _ in range(3):
        for driver in opened(device_id, device_address):
            driver.read()


def test_the_little_finger_bends_alone_and_its_status_says_so(driver: InspireDriver) -> None:
    bends_alone_and_says_so(driver)
