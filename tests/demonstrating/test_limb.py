from __future__ import annotations

import numpy as np

from tests.registered import embodiment
from xlvla_sdk.demonstrating.limb import ARM, limbs
from xlvla_sdk.demonstrating.plan import Plan, best, loosened
from xlvla_sdk.demonstrating.waypoint import DT, FINGERS, Waypoint

BODY = "xarm7+inspire:right"


def test_a_motion_reaches_its_waypoint_within_limits_and_speeds():
    (limb,) = limbs(embodiment(BODY))
    T = limb.palm(limb.start)
    T[:3, 3] += (0.1, 0.05, 0.05)
    motion = limb.motion(limb.start, [Waypoint(T, limb.hand.posture("fist"))])
    arm = len(limb.arm.joints)
    assert np.allclose(limb.palm(motion.qpos[-1]), T, atol=1e-3)
    assert motion.error < 1e-3
    assert np.allclose(motion.qpos[-1, arm:], limb.hand.posture("fist"))
    steps = np.abs(np.diff(np.concatenate([limb.start[None], motion.qpos]), axis=0)) / DT
    assert (steps[:, :arm] <= ARM * limb.arm.velocity_limits + 1e-9).all()
    assert (steps[:, arm:] <= FINGERS * limb.hand.velocity_limits + 1e-9).all()


def test_what_is_out_of_reach_is_said():
    (limb,) = limbs(embodiment(BODY))
    T = limb.palm(limb.start)
    T[0, 3] += 2.0
    motion = limb.motion(limb.start, [Waypoint(T, limb.start[7:], speed=2.0)], dt=0.5)
    assert motion.position_error > 1.0


def test_of_two_arms_the_one_that_reaches_is_taken():
    body = embodiment("xarm7+inspire:both")
    right, left = limbs(body)
    assert (right.columns, left.columns) == (slice(0, 13), slice(13, 26))
    qpos = np.concatenate([right.start, left.start])
    T = left.palm(left.start)
    T[:3, 3] += (0.0, 0.15, -0.05)
    plans = [Plan(limb, (Waypoint(T, limb.start[7:]),)) for limb in (right, left)]
    assert best(plans, qpos).limb.side == "left"


def test_noise_moves_what_is_loose_and_nothing_else():
    (limb,) = limbs(embodiment(BODY))
    here = limb.here(limb.start)
    points = (Waypoint(here.T_task_palm, here.hand, loose=1.0), here)
    moved = loosened(points, 0.01, np.random.default_rng(0))
    again = loosened(points, 0.01, np.random.default_rng(0))
    shift = np.linalg.norm(moved[0].T_task_palm[:3, 3] - here.T_task_palm[:3, 3])
    assert 1e-3 < shift < 0.05
    assert np.array_equal(moved[0].T_task_palm, again[0].T_task_palm)
    assert np.array_equal(moved[1].T_task_palm, here.T_task_palm)
    R = moved[0].T_task_palm[:3, :3]
    assert np.allclose(R @ R.T, np.eye(3), atol=1e-12)
