from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating.limb import limbs
from xlvla_sdk.demonstrating.plan import Plan, best, cost
from xlvla_sdk.demonstrating.waypoint import Waypoint


def moved(waypoint: Waypoint, *by: float) -> Waypoint:
    T = waypoint.T_task_palm.copy()
    T[:3, 3] += by
    return replace(waypoint, T_task_palm=T)


def test_plans_that_begin_alike_are_weighed_as_if_each_stood_alone():
    (limb,) = limbs(embodiment("xarm7+ability:right"))
    here = limb.here(limb.start)
    begin = (moved(here, 0.05, 0.0, -0.05),)
    near, far = ((moved(begin[0], 0.0, y, 0.0),) for y in (0.02, 0.12))
    alike = [Plan(limb, begin, far), Plan(limb, begin, near)]
    glanced = limb.glance(limb.start, begin)
    for plan in alike:
        assert cost(plan, limb.start, glanced) == pytest.approx(cost(plan, limb.start), abs=2e-4)
    assert best(alike, limb.start) is alike[1]


def test_a_plan_whose_arm_cannot_follow_is_not_chosen():
    (limb,) = limbs(embodiment("xarm7+ability:right"))
    here = limb.here(limb.start)
    beyond = Plan(limb, (moved(here, 1.5, 0.0, 0.0),))
    handicapped = Plan(limb, (moved(here, 0.02, 0.0, 0.0),), handicap=0.02)
    assert best([beyond, handicapped], limb.start) is handicapped
    assert np.isfinite(cost(beyond, limb.start))
