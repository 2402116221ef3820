from __future__ import annotations

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating.attitude import OTHERS, UPRIGHT_HAND, Attitude, best_attitude
from xlvla_sdk.demonstrating.limb import Limb, limbs
from xlvla_sdk.demonstrating.plan import Plan, cost
from xlvla_sdk.demonstrating.pushing import LOW, push

TOWARDS = np.array([0.6, 0.8])
LEFT = np.array([-0.8, 0.6])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_upright_hand_points_down_and_pushes_with_its_flat_side(sign: float):
    R = UPRIGHT_HAND.rotation(TOWARDS, sign, 0.0)
    assert R[:, 2] == pytest.approx([0.0, 0.0, -1.0])
    assert R[:2, 0] == pytest.approx(sign * TOWARDS)
    assert np.linalg.det(R) == pytest.approx(1.0)


def test_a_tilted_hand_still_pushes_with_its_flat_side_and_points_to_the_left():
    R = Attitude(tilt=0.5).rotation(TOWARDS, 1.0, 0.0)
    assert R[:2, 0] == pytest.approx(TOWARDS)
    assert R[:2, 2] == pytest.approx(np.sin(0.5) * LEFT)
    assert R[2, 2] == pytest.approx(-np.cos(0.5))


def test_leaning_brings_fingertips_ahead_and_adds_to_what_the_task_asks_for():
    R = Attitude(lean=0.2).rotation(TOWARDS, 1.0, 0.3)
    assert R[:2, 2] == pytest.approx(np.sin(0.5) * TOWARDS)


def pushed(limb: Limb, qpos: np.ndarray, attitude: Attitude) -> Plan:
    """From the table's middle to its right edge, for whoever stands behind it."""
    begin, end = np.array([0.0, 0.05]), np.array([0.0, -0.15])
    return push(limb, qpos, begin, end, (0.03, 0.05), 1.0, attitude)


@pytest.mark.parametrize("attitude", OTHERS)
def test_no_fingertip_comes_nearer_to_the_table_than_an_upright_hands(attitude: Attitude):
    (limb,) = limbs(embodiment("xarm7+paxini:right"))

    def lowest(held: Attitude) -> float:
        waypoint = pushed(limb, limb.start, held).waypoints[3]
        tips = limb.hand_kinematics.tips(waypoint.hand)[1:]
        return float((tips @ waypoint.T_task_palm[2, :3] + waypoint.T_task_palm[2, 3]).min())

    assert lowest(attitude) >= min(lowest(UPRIGHT_HAND), LOW) - 1e-9


def test_an_arm_that_can_holds_its_hand_upright_and_a_humanoids_tilts_it():
    for name, upright in (("xarm7+inspire:right", True), ("g1+inspire:right", False)):
        (limb,) = limbs(embodiment(name))
        asked: list[Attitude] = []

        def plans(
            attitude: Attitude, limb: Limb = limb, asked: list[Attitude] = asked
        ) -> list[Plan]:
            asked.append(attitude)
            return [pushed(limb, limb.start, attitude)]

        plan = best_attitude(plans, limb.start)
        first = pushed(limb, limb.start, UPRIGHT_HAND)
        assert (asked == [UPRIGHT_HAND]) == upright
        assert (cost(plan, limb.start) < cost(first, limb.start)) != upright
