"""The simulated driver: a device that obeys, with a lag and no faster than it can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_hand import small_hand
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import hand_from_urdf

TARGET = np.array([0.7, 1.1])


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory):
    return small_hand(tmp_path_factory.mktemp("hand"))


def test_read_agrees_with_command_once_it_has_settled(hand):
    with SimulatedDriver(hand) as driver:
        driver.command(TARGET)
        driver.advance(2.0)
        np.testing.assert_allclose(driver.read().qpos, TARGET, atol=1e-9)


def test_it_starts_open_and_moves_only_when_time_passes(hand):
    with SimulatedDriver(hand) as driver:
        driver.command(TARGET)
        np.testing.assert_array_equal(driver.read().qpos, hand.posture("open"))


@given(cuts=st.lists(st.floats(0.0, 0.2), min_size=1, max_size=6))
def test_motion_does_not_depend_on_how_time_is_cut(hand, cuts):
    whole, cut = SimulatedDriver(hand), SimulatedDriver(hand)
    whole.command(TARGET)
    cut.command(TARGET)
    whole.advance(sum(cuts))
    for dt in cuts:
        cut.advance(dt)
    np.testing.assert_allclose(cut.read().qpos, whole.read().qpos, atol=1e-9)


@given(dt=st.floats(1e-3, 0.5), goal=st.tuples(st.floats(0, 1.2), st.floats(0, 1.5)))
def test_no_joint_is_faster_than_its_velocity_limit(hand, dt, goal):
    driver = SimulatedDriver(hand)
    driver.command(np.array(goal))
    before = driver.read().qpos
    driver.advance(dt)
    moved = np.abs(driver.read().qpos - before)
    assert (moved <= hand.velocity_limits * dt + 1e-9).all()


def test_a_clock_advances_it(hand):
    time_s = [10.0]
    driver = SimulatedDriver(hand, now=lambda: time_s[0])
    driver.command(TARGET)
    time_s[0] += 2.0
    state = driver.read()
    np.testing.assert_allclose(state.qpos, TARGET, atol=1e-9)
    assert state.time_s == pytest.approx(12.0)


def test_stop_stands_still_where_it_is(hand):
    driver = SimulatedDriver(hand)
    driver.command(TARGET)
    driver.advance(0.05)
    driver.stop()
    stopped = driver.read().qpos
    driver.advance(1.0)
    np.testing.assert_array_equal(driver.read().qpos, stopped)


def test_a_spec_without_velocity_limits_is_refused(hand, tmp_path: Path):
    unknown = hand_from_urdf(hand.urdf, hand.side, hand.tip_links, "unknown", "palm")
    with pytest.raises(SpecError, match="no velocity limits"):
        SimulatedDriver(unknown)
