"""Waypoints: where a palm is to be and how its hand is closed there; motions pass them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.timing import minimum_jerk, shortest_time

DT = 0.05
"""Between two targets [s]: demonstrations are made at 20 Hz."""
TURNING = 1.5
"""How fast a palm is turned at the most [rad/s]."""
FINGERS = 0.5
"""Part of the fingers' velocity limits that a demonstration uses."""


@dataclass(frozen=True)
class Waypoint:
    """Where the palm comes to rest.

    Attributes:
        T_task_palm: Pose of the hand's palm frame in the task frame.
        hand: The hand's qpos there [rad, m].
        speed: Of the palm on the way here, at the most [m/s].
        seconds: How long the way takes at the least [s]: time for fingers to close, or to settle.
        loose: How much of a demonstrator's noise it takes, from 0 (none) to 1.
    """

    T_task_palm: Float[np.ndarray, "4 4"]
    hand: Float[np.ndarray, " E"]
    speed: float = 0.3
    seconds: float = 0.2
    loose: float = 0.0


@dataclass(frozen=True)
class Track:
    """A motion DT by DT, its beginning left out.

    Attributes:
        T_task_palm: Poses of the palm in the task frame.
        hand: Postures of the hand [rad, m].
    """

    T_task_palm: Float[np.ndarray, "rows 4 4"]
    hand: Float[np.ndarray, "rows E"]


def track(
    waypoints: Sequence[Waypoint], finger_speed: Float[np.ndarray, " E"], dt: float = DT
) -> Track:
    """The way through waypoints, straight from each to the next and at rest in each.

    Args:
        waypoints: The first is where the motion begins.
        finger_speed: The hand's velocity limits [rad/s, m/s].
        dt: Between two rows [s].
    """
    legs = [_leg(start, end, finger_speed, dt) for start, end in pairwise(waypoints)]
    return Track(
        np.concatenate([leg.T_task_palm for leg in legs]),
        np.concatenate([leg.hand for leg in legs]),
    )


def _leg(start: Waypoint, end: Waypoint, finger_speed: np.ndarray, dt: float) -> Track:
    turn = rotation_vector(start.T_task_palm[:3, :3].T @ end.T_task_palm[:3, :3])
    way = end.T_task_palm[:3, 3] - start.T_task_palm[:3, 3]
    fingers = end.hand - start.hand
    lasts = max(
        end.seconds,
        shortest_time(np.array([np.linalg.norm(way)]), end.speed),
        shortest_time(np.array([np.linalg.norm(turn)]), TURNING),
        shortest_time(fingers, FINGERS * finger_speed),
    )
    steps = max(1, int(np.ceil(lasts / dt - 1e-9)))
    part = minimum_jerk(np.arange(1, steps + 1) / steps)[:, None]
    T = np.tile(np.eye(4), (steps, 1, 1))
    T[:, :3, 3] = start.T_task_palm[:3, 3] + part * way
    T[:, :3, :3] = start.T_task_palm[:3, :3] @ rotation_matrix(part * turn)
    return Track(T, start.hand + part * fingers)


def rotation_vector(R: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3"]:
    """Axis times angle [rad] of a rotation; of half a turn either of the two."""
    sine = 0.5 * np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
    length = float(np.linalg.norm(sine))
    angle = float(np.arctan2(length, 0.5 * (np.trace(R) - 1.0)))
    if length > 1e-7:
        return sine * (angle / length)
    if angle < 1.0:
        return sine
    both = R + np.eye(3)  # twice the axis times itself
    column = both[:, np.diagonal(both).argmax()]
    return np.pi * column / np.linalg.norm(column)


def rotation_matrix(vector: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3 3"]:
    """The rotations of rotation vectors [rad], by Rodrigues' formula."""
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(np.asarray(vector, dtype=float), -1, 0)
    zero = np.zeros_like(x)
    K = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    # sinc(x) is sin(pi x) / (pi x): finite at no turn at all.
    first, second = np.sinc(angle / np.pi), 0.5 * np.sinc(angle / (2.0 * np.pi)) ** 2
    return np.eye(3) + first * K + second * (K @ K)
