"""Rows between rows, and one chunk that takes over from another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlvla_sdk.messages import ActionChunk
from xlvla_sdk.policy.fading import ACCELERATION, SHARPEST, CrossFade, Departure, lasting, weight
from xlvla_sdk.policy.plan import Plan
from xlvla_sdk.policy.playback import Playback

DT = 0.05


def playback(rows: np.ndarray, begin_s: float = 0.0, number: int = 0) -> Playback:
    return Playback(ActionChunk(np.asarray(rows, dtype=float), "xl-1", DT), begin_s, number)


def wave(count: int = 12, offset: float = 0.0) -> np.ndarray:
    return np.sin(0.4 * np.arange(count))[:, None] * [1.0, 0.5] + offset


def sampled(motion: Playback | CrossFade, times: np.ndarray) -> np.ndarray:
    return np.stack([motion.row(time_s) for time_s in times])


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=9), st.floats(0.0, 0.6))
def test_a_row_lies_between_the_two_around_it(values: list[float], time_s: float):
    """So that rows within limits stay within them."""
    chunk = playback(np.array(values)[:, None])
    around = values[chunk.index(time_s) :][:2]
    assert min(around) - 1e-9 <= chunk.row(time_s)[0] <= max(around) + 1e-9


def test_rows_are_met_at_their_times():
    chunk = playback(wave())
    np.testing.assert_allclose(sampled(chunk, DT * np.arange(12)), wave(), atol=1e-9)


def test_velocity_has_no_steps_inside_a_chunk():
    """It changes with the step of time: halving the step halves the change."""
    chunk, changes = playback(wave()), []
    for step_s in (1e-3, 5e-4):
        rows = sampled(chunk, np.arange(0.0, 0.54, step_s))
        changes.append(np.abs(np.diff(rows, 2, axis=0)).max() / step_s)
    assert changes[1] == pytest.approx(0.5 * changes[0], rel=0.05)


def test_a_straight_line_stays_one():
    line = np.arange(6.0)[:, None]
    times = np.linspace(0.0, 0.25, 40)
    np.testing.assert_allclose(sampled(playback(line), times)[:, 0], times / DT, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_chunks_are_played(count: int):
    chunk = playback(wave(count))
    np.testing.assert_allclose(chunk.row(0.0), wave(count)[0], atol=1e-8)
    np.testing.assert_allclose(chunk.row(5.0), wave(count)[-1])


def test_a_fade_begins_as_the_old_and_ends_as_the_new_without_a_step():
    old, new = playback(wave()), playback(wave(offset=0.3), begin_s=0.1)
    fade = CrossFade.into(new, old, now=0.2, duration_s=0.25)
    assert isinstance(fade, CrossFade)
    times = np.arange(0.15, 0.5, 1e-3)
    rows = np.stack([(fade if t >= 0.2 else old).row(t) for t in times])
    np.testing.assert_allclose(rows[times > 0.451], sampled(new, times[times > 0.451]))
    changes = np.abs(np.diff(rows, 2, axis=0)).max() / 1e-3
    step = np.abs(np.diff(sampled(old, times), 2, axis=0)).max() / 1e-3
    assert changes < 5.0 * step
    assert fade.settled(0.46) is new


@given(st.floats(0.2, 0.45), st.floats(-1.0, 1.0))
def test_a_fade_lies_between_old_and_new(time_s: float, offset: float):
    old, new = playback(wave()), playback(wave(offset=offset), begin_s=0.1)
    fade = CrossFade(old, new, 0.2, 0.25)
    ends = np.sort([old.row(time_s), new.row(time_s)], axis=0)
    assert (ends[0] - 1e-9 <= fade.row(time_s)).all()
    assert (fade.row(time_s) <= ends[1] + 1e-9).all()


def test_the_weight_is_no_steeper_than_it_says():
    parts = np.linspace(0.0, 1.0, 2001)
    weights = np.array([weight(part) for part in parts])
    assert (weights[0], weights[-1]) == (0.0, 1.0)
    second = np.diff(weights, 2) / (parts[1] - parts[0]) ** 2
    assert np.abs(second).max() == pytest.approx(SHARPEST, rel=1e-3)


@pytest.mark.parametrize("apart", [0.01, 0.1, 1.0])
def test_a_fade_adds_no_more_than_its_acceleration(apart: float):
    duration_s = lasting(0.25, apart)
    assert duration_s >= 0.25
    assert SHARPEST * apart / duration_s**2 <= ACCELERATION * (1 + 1e-9)


def test_no_fade_is_no_fade():
    new = playback(wave())
    assert lasting(0.0, 1.0) == 0.0
    assert CrossFade.into(new, playback(wave()), 0.0, 0.0) is new


def test_a_departure_leaves_a_posture_no_faster_than_the_body_can():
    posture, target, speed = np.zeros(2), np.array([1.0, 0.2]), np.array([1.0, 1.0])
    departure = Departure.towards(target, posture, speed, now=5.0, shortest_s=0.25)
    times = np.arange(5.0, 5.0 + departure.duration_s + 0.1, 1e-3)
    way = np.stack([departure.posture_at(time_s, target) for time_s in times])
    np.testing.assert_array_equal(way[0], posture)
    np.testing.assert_array_equal(way[-1], target)
    assert np.abs(np.diff(way, axis=0)).max() / 1e-3 <= 0.51


def test_rows_that_passed_are_dropped_and_the_others_counted():
    plan = Plan(fade_s=0.1)
    plan.begin(playback(wave()), 0.0)
    for time_s in np.arange(0.0, 0.3, 0.01):
        plan.row(float(time_s))
    assert (plan.rows_played, plan.rows_dropped, plan.ran_dry) == (6, 0, 0)
    plan.begin(playback(wave(), begin_s=0.15, number=1), 0.3)
    assert plan.rows_dropped == 3
    plan.row(0.3)
    assert plan.rows_played == 7
    plan.begin(playback(wave(), begin_s=0.9, number=2), 1.0)
    assert plan.ran_dry == 1


def test_chunks_that_come_faster_than_they_fade_leave_no_step_either():
    plan, rows = Plan(fade_s=0.25), []
    times = np.arange(0.0, 0.5, 1e-3)
    for at, time_s in enumerate(times):
        if at % 60 == 0:
            plan.begin(
                playback(wave(offset=0.1 * (at // 60)), begin_s=float(time_s)), float(time_s)
            )
        rows.append(plan.row(float(time_s)))
    changes = np.abs(np.diff(rows, 2, axis=0)).max() / 1e-3
    assert changes < 0.1  # a jump of 0.1 in one millisecond would be 100
