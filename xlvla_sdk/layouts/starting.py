"""Where an arm should begin a motion that is known in advance, so that it can follow it to the end.

An arm of seven joints reaches a pose in many postures, and some lead into a joint's limit later. A policy
cannot know; a recording is known whole, so a few beginnings are tried and the best is taken.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.kinematics import ArmKinematics
from xlvla_sdk.kinematics.ik import Reached, solve, solve_rows
from xlvla_sdk.layouts.transfer_report import POSITION, ROTATION
from xlvla_sdk.specs import ArmSpec

BEGINNINGS = 6
"""Random postures tried beside the arm's own."""
CALM = 0.5
"""A start that follows all of it with no longer step [rad, m] is taken at once."""
GLANCE = 3
"""Beginnings tried where only a pose is asked for, not a motion."""
ROWS = 40
"""Rows of the motion that each beginning is tried on, about."""


def best_start(
    spec: ArmSpec, arm: ArmKinematics, T_base_flange: Float[np.ndarray, "rows 4 4"]
) -> Float[np.ndarray, " D"]:
    """The posture from which the arm follows a motion calmly, or else most of it.

    Args:
        spec: The arm; its posture `ready` goes before others that do as well.
        arm: Its kinematics.
        T_base_flange: The motion.

    Returns:
        A posture at the first pose, or as near to it as the arm comes [rad, m].
    """
    motion = T_base_flange[:: max(1, len(T_base_flange) // ROWS)]
    seeds = _seeds(spec)
    starts = solve(arm, np.broadcast_to(motion[0], (len(seeds), 4, 4)), seeds).qpos
    merits: list[tuple[float, float]] = []
    for start in starts:
        merits.append(_merit(arm, motion, start))
        if merits[-1] >= (1.0, -CALM):
            return start
    return starts[max(range(len(starts)), key=merits.__getitem__)]


def reachable(
    spec: ArmSpec, arm: ArmKinematics, T_base_flange: Float[np.ndarray, "rows 4 4"]
) -> Bool[np.ndarray, " rows"]:
    """Which poses the arm reaches from one of its beginnings, each for itself."""
    if _far(spec, T_base_flange).all():
        return np.zeros(len(T_base_flange), dtype=bool)
    seeds = _seeds(spec)[:GLANCE]
    poses = np.repeat(T_base_flange[:, None], len(seeds), axis=1)
    reached = solve(arm, poses, np.broadcast_to(seeds, (*poses.shape[:2], seeds.shape[1])))
    return _near(reached).any(axis=1)


def _far(spec: ArmSpec, T_base_flange: np.ndarray) -> Bool[np.ndarray, " rows"]:
    """Which poses are further away than the arm is long, stretched out from its base."""
    path = spec.model.path(spec.base_link, spec.flange_link)
    length = sum(float(np.linalg.norm(joint.T_parent_joint[:3, 3])) for joint in path)
    slides = [joint for joint in path if joint.kind == "prismatic"]
    length += sum(max(abs(joint.lower or 0.0), abs(joint.upper or 0.0)) for joint in slides)
    return np.linalg.norm(T_base_flange[:, :3, 3], axis=1) > length


def _near(reached: Reached) -> Bool[np.ndarray, "..."]:
    return (reached.position_error <= POSITION) & (reached.rotation_error <= ROTATION)


def _merit(arm: ArmKinematics, motion: np.ndarray, start: np.ndarray) -> tuple[float, float]:
    """How much of a motion is followed, then how calmly."""
    reached = solve_rows(arm, motion, start)
    steps = np.abs(np.diff(reached.qpos, axis=0))
    return float(_near(reached).mean()), -float(steps.max(initial=0.0))


def _seeds(spec: ArmSpec) -> Float[np.ndarray, "tries D"]:
    lower, upper = spec.limits
    ready = spec.posture("ready") if "ready" in spec.postures else spec.rest
    # A whole turn more or less is another posture of the joint, but not of the hand.
    low, high = np.maximum(lower, -np.pi), np.minimum(upper, np.pi)
    drawn = np.random.default_rng(0).uniform(low, high, (BEGINNINGS, len(lower)))
    return np.concatenate([ready[None], 0.5 * (low + high)[None], drawn])
