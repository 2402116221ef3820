"""The simulated hand is a driver like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_hand import small_hand
from xlvla_sdk.errors import DriverError
from xlvla_sdk.sim import MujocoDriver


def test_a_driver_that_is_not_open_says_so(tmp_path: Path):
    driver = MujocoDriver(small_hand(tmp_path))
    with pytest.raises(DriverError, match="not open"):
        driver.read()
    driver.stop()
    driver.close()


def test_time_passes_only_when_told_and_rests_are_kept(tmp_path: Path):
    with MujocoDriver(small_hand(tmp_path)) as driver:
        driver.command(np.array([1.0, 1.0]))
        np.testing.assert_array_equal(driver.read().qpos, 0.0)
        for _ in range(1000):
            driver.advance(0.0003)
        state = driver.read()
        assert state.time_s == pytest.approx(0.3)
        np.testing.assert_allclose(state.qpos, 1.0, atol=0.02)


def test_a_clock_advances_the_hand_when_it_is_read(tmp_path: Path):
    time_s = 5.0
    with MujocoDriver(small_hand(tmp_path), now=lambda: time_s) as driver:
        driver.command(np.array([1.0, 1.0]))
        time_s = 5.3
        np.testing.assert_allclose(driver.read().qpos, 1.0, atol=0.02)


def test_stop_holds_where_the_hand_is_and_can_be_called_again(tmp_path: Path):
    with MujocoDriver(small_hand(tmp_path)) as driver:
        driver.command(np.array([1.0, 1.0]))
        driver.advance(0.02)
        driver.stop()
        driver.stop()
        driver.advance(0.5)
        assert driver.read().qpos.max() < 0.6
