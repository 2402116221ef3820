from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.demonstrating.timing import PEAK, minimum_jerk, shortest_time

STEP = 1e-4
PARTS = np.arange(0.0, 1.0 + STEP / 2, STEP)


def test_minimum_jerk_goes_from_rest_to_rest_and_never_back():
    way = minimum_jerk(PARTS)
    speed = np.gradient(way, STEP)
    acceleration = np.gradient(speed, STEP)
    assert (way[0], way[-1]) == (0.0, 1.0)
    assert np.diff(way).min() >= 0.0
    assert np.abs(speed[[0, -1]]).max() < 1e-3
    assert np.abs(acceleration[[0, -1]]).max() < 0.02
    assert speed.max() == pytest.approx(PEAK, rel=1e-6)


def test_minimum_jerk_has_no_more_jerk_than_a_neighbour():
    """The integral of squared jerk grows with whatever is added that keeps the ends at rest."""

    def jerk(way: np.ndarray) -> float:
        return float((np.diff(way[::100], 3) ** 2).sum())

    bump = PARTS**3 * (1.0 - PARTS) ** 3
    least = jerk(minimum_jerk(PARTS))
    assert all(jerk(minimum_jerk(PARTS) + size * bump) > least for size in (-1.0, -0.1, 0.1, 1.0))


def test_outside_its_time_a_motion_stands():
    assert minimum_jerk(np.array([-1.0, 2.0])).tolist() == [0.0, 1.0]


def test_the_slowest_part_of_a_motion_says_how_long_it_takes():
    lasts = shortest_time(np.array([-0.2, 0.3]), np.array([0.1, 1.0]))
    assert lasts == pytest.approx(PEAK * 2.0)
    fastest = np.gradient(0.2 * minimum_jerk(PARTS), STEP * lasts).max()
    assert fastest == pytest.approx(0.1, rel=1e-6)
