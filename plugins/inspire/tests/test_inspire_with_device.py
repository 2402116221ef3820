"""A real RH56 DFX or DFQ; runs with --device-address inspire:right=serial:/dev/ttyUSB0.

Nothing may be in reach of the fingers: the last tests bend the little finger and come back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from xlvla_inspire import hand
from xlvla_inspire.driver import InspireDriver

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address

from .bending import bends_alone_and_says_so

pytestmark = pytest.mark.hardware
RATE_HZ = 50.0


@pytest.fixture
def driver(device_id: str, device_address: Address) -> Iterator[InspireDriver]:
    spec = hand(Side(device_id.partition(":")[2]))
    with InspireDriver(spec, device_address) as driver:
        yield driver


def test_it_is_no_tactile_hand_and_nothing_is_wrong(driver: InspireDriver) -> None:
    state = driver.read()
    driver.spec.check_limits(state.qpos, tolerance=0.1)
    assert state.faults == ()
    assert state.temperature is not None
    assert ((state.temperature > 0) & (state.temperature < 70)).all()


def test_opening_reading_and_stopping_move_nothing(driver: InspireDriver) -> None:
    first = driver.read().qpos
    for _ in range(50):
        assert driver.read().qpos == pytest.approx(first, abs=0.02)
    driver.stop()
    time.sleep(0.5)
    assert driver.read().qpos == pytest.approx(first, abs=0.03)


def test_it_is_commanded_and_read_at_50_hz(driver: InspireDriver) -> None:
    stands = np.clip(driver.read().qpos, *driver.spec.limits)
    begun = time.monotonic()
    for _ in range(100):
        driver.command(stands)
        driver.read()
    assert 100 / (time.monotonic() - begun) >= RATE_HZ
    assert driver.link.counts.failed == 0


def test_the_little_finger_bends_alone_and_its_status_says_so(driver: InspireDriver) -> None:
    bends_alone_and_says_so(driver)
