from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating.grip import Grip, downwards, find_grip
from xlvla_sdk.demonstrating.limb import Limb, limbs
from xlvla_sdk.sim.parts import starting_posture

WIDTHS = (0.038, 0.066)
HANDS = ("ability", "inspire", "xhand", "paxini")
SIDES = ("right", "left")


@cache
def held(hand: str, side: str, width: float) -> tuple[Limb, Grip]:
    (limb,) = limbs(embodiment(f"xarm7+{hand}:{side}"))
    return limb, find_grip(limb, width, 0.03)


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("side", SIDES)
def test_a_thing_fits_between_fingers_and_thumb_and_is_pressed(hand: str, side: str):
    for width in WIDTHS:
        limb, grip = held(hand, side, width)
        middle = grip.p_palm_middle
        near, far = middle[0] - width / 2.0, middle[0] + width / 2.0
        around, closed = (limb.hand_kinematics.tips(q) for q in (grip.around, grip.closed))
        assert around[1:3, 0].max() < near
        assert around[0, 0] > far
        assert closed[1:3, 0].mean() > near + 0.01
        assert closed[0, 0] < far - 0.005
        # The thumb is opposite to the gap between the two fingers, and they reach beyond it.
        assert around[0, 1] == pytest.approx(around[1:3, 1].mean(), abs=0.015)
        assert 0.02 < grip.beyond < 0.1


@pytest.mark.parametrize("hand", HANDS)
def test_fingers_that_are_not_before_the_thing_stay_open(hand: str):
    limb, grip = held(hand, "right", 0.066)
    tips = limb.hand_kinematics.tips(np.stack([starting_posture(limb.hand), grip.closed]))
    assert np.allclose(tips[0, 3:], tips[1, 3:])


@pytest.mark.parametrize("hand", HANDS)
def test_a_grip_keeps_to_the_joints_limits(hand: str):
    limb, grip = held(hand, "right", 0.066)
    limb.hand.check_limits(grip.around)
    limb.hand.check_limits(grip.closed)


def test_a_palm_above_a_thing_points_down_and_squeezes_level():
    across = np.array([0.6, 0.8])
    R = downwards(across)
    assert np.allclose(R[:, 2], (0.0, 0.0, -1.0))
    assert np.allclose(R[:, 0], (0.6, 0.8, 0.0))
    assert np.linalg.det(R) == pytest.approx(1.0)


def test_the_things_middle_is_where_the_grip_says():
    _, grip = held("xhand", "right", 0.066)
    at, R = np.array([0.1, -0.2, 0.3]), downwards(np.array([0.0, 1.0]))
    assert np.allclose((grip.palm(at, R) @ (*grip.p_palm_middle, 1.0))[:3], at)
