"""A hand beside something tall: level, thumb up, clear of the table."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.limb import limbs
from xlvla_sdk.demonstrating.side_hold import FLANGE, GROUND, THICK, WIDE, SideHold
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.specs import Side

AT = np.array([0.05, -0.1, 0.0])


@cache
def hold(side: str) -> SideHold:
    return SideHold.of(limbs(embodiment(f"xarm7+inspire:{side}"))[0], 0.033, 0.15)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("lean", [0.0, 0.5])
def test_fingers_point_where_they_should_and_the_index_side_is_up(side: Side, lean: float):
    T = hold(side).around(AT, 0.7, lean)
    np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    level = np.cos(lean)
    np.testing.assert_allclose(T[:3, 2], [level * np.cos(0.7), level * np.sin(0.7), -np.sin(lean)])
    assert T[2, 0] == pytest.approx(0.0)
    index = T[2, 1] if side is Side.RIGHT else -T[2, 1]
    assert index == pytest.approx(np.cos(lean))


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("lean", [0.0, 0.5])
def test_no_fingertip_is_lower_than_the_hand_may_be(side: Side, lean: float):
    one = hold(side)
    T = one.around(AT, -0.4, lean)
    tips = one.limb.hand_kinematics.tips(one.grip.around) @ T[:3, :3].T + T[:3, 3]
    assert tips[:, 2].min() == pytest.approx(GROUND + THICK)
    middle = T[:3, :3] @ one.grip.p_palm_middle + T[:3, 3]
    np.testing.assert_allclose(middle[:2], AT[:2])


def test_room_is_what_the_hand_leaves_beside_a_bowl():
    one = hold("right")
    bowl = Outline(standing(0.05 - 0.2, -0.1), radius=0.08)
    behind, across = (one.room(AT, angle, [bowl]) for angle in (0.0, np.pi / 2.0))
    assert behind < 0.0
    assert across == pytest.approx(0.2 - 0.08 - WIDE, abs=1e-3)
    assert one.room(AT, 0.0, []) == np.inf


def test_a_low_wrist_is_told_by_how_low_it_is():
    one = hold("right")
    T = np.eye(4)
    T[2, 3] = FLANGE + 0.1
    high = T @ one.limb.T_flange_palm
    low = high.copy()
    low[2, 3] -= 0.13
    assert one.low([high]) == 0.0
    assert one.low([high, low]) == pytest.approx(0.03)
