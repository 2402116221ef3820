from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from xlvla_sdk.demonstrating.waypoint import (
    DT,
    FINGERS,
    TURNING,
    Waypoint,
    rotation_matrix,
    rotation_vector,
    track,
)

SPEEDS = np.array([2.0, 4.0])
OPEN, CLOSED = np.zeros(2), np.array([1.0, 0.5])


def pose(x: float, turn: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = rotation_matrix(np.array(turn))
    T[0, 3] = x
    return T


def test_rotation_vectors_and_matrices_are_each_others_inverse():
    random = np.random.default_rng(0)
    for length in (0.0, 1e-9, 1e-3, 1.0, 3.0, np.pi - 1e-4):
        axis = random.normal(size=3)
        vector = length * axis / np.linalg.norm(axis)
        R = rotation_matrix(vector)
        assert np.allclose(R @ R.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(R) == pytest.approx(1.0)
        assert np.allclose(rotation_vector(R), vector, atol=1e-7)


@pytest.mark.parametrize("axis", np.eye(3).tolist())
def test_half_a_turn_is_half_a_turn(axis: list[float]):
    R = 2.0 * np.outer(axis, axis) - np.eye(3)
    assert np.allclose(rotation_matrix(rotation_vector(R)), R)
    assert np.linalg.norm(rotation_vector(R)) == pytest.approx(np.pi)


def test_a_track_comes_to_rest_in_every_waypoint():
    points = [
        Waypoint(pose(0.0), OPEN),
        Waypoint(pose(0.3, (0.0, 0.0, 1.0)), OPEN, speed=0.5),
        Waypoint(pose(0.3, (0.0, 0.0, 1.0)), CLOSED),
    ]
    way = track(points, SPEEDS)
    assert np.allclose(way.T_task_palm[-1], points[-1].T_task_palm)
    assert np.allclose(way.hand[-1], CLOSED)
    there = [np.allclose(T, points[1].T_task_palm) for T in way.T_task_palm].index(True)
    assert np.allclose(way.hand[: there + 1], OPEN)


def test_nothing_on_a_track_is_faster_than_asked():
    points = [
        Waypoint(pose(0.0), OPEN),
        Waypoint(pose(0.3, (0.5, 0.0, 1.0)), CLOSED, speed=0.2),
        Waypoint(pose(0.31, (0.5, 2.0, 1.0)), OPEN, speed=0.2),
    ]
    way = track(points, SPEEDS)
    T = np.concatenate([points[0].T_task_palm[None], way.T_task_palm])
    assert np.abs(np.diff(T[:, :3, 3], axis=0)).max() / DT <= 0.2 + 1e-9
    turns = [rotation_vector(a[:3, :3].T @ b[:3, :3]) for a, b in pairwise(T)]
    assert np.linalg.norm(turns, axis=1).max() / DT <= TURNING + 1e-9
    hand = np.concatenate([OPEN[None], way.hand])
    assert (np.abs(np.diff(hand, axis=0)) / DT <= FINGERS * SPEEDS + 1e-9).all()


def test_a_waypoint_may_take_its_time():
    way = track([Waypoint(pose(0.0), OPEN), Waypoint(pose(0.0), OPEN, seconds=0.8)], SPEEDS)
    assert len(way.hand) == round(0.8 / DT)
