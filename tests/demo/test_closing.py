"""Pinches are found by optimisation: within the limits, touching where the hand can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.registered import right_hands
from tests.small_hand import small_hand
from xlvla_sdk.demo.closing import able, pinches, solve, thumb_distance
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.specs import HandSpec

NEAREST = {"inspire_ftp": 3.1e-3}
"""How near the thumb of a hand comes whose limits leave a gap [m]."""


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_every_registered_hand_touches_its_index_within_its_limits(spec: HandSpec):
    kinematics = hand_kinematics(spec)
    closed = pinches(kinematics, "index", spec.rest)
    assert (closed >= kinematics.lower).all()
    assert (closed <= kinematics.upper).all()
    assert np.median(thumb_distance(kinematics, "index", closed)) < NEAREST.get(spec.name, 1e-4)
    assert able(kinematics, "index")


def test_a_hand_whose_thumb_is_too_short_is_not_able(tmp_path: Path):
    assert not able(hand_kinematics(small_hand(tmp_path)), "index")


def test_joints_a_goal_does_not_need_stay_where_they_start(tmp_path: Path):
    spec = small_hand(tmp_path)
    start = np.array([[0.3, 0.2]])
    index = hand_kinematics(spec).tips(np.array([0.3, 0.8]))[1]
    found = solve(hand_kinematics(spec), lambda tips: tips[..., 1, :] - index, start)
    np.testing.assert_allclose(found, [[0.3, 0.8]], atol=1e-5)


def test_a_goal_out_of_reach_ends_at_the_limit(tmp_path: Path):
    kinematics = hand_kinematics(small_hand(tmp_path))
    beyond = kinematics.tips(np.array([0.0, 2.0]))[1]
    found = solve(kinematics, lambda tips: tips[..., 1, :] - beyond, np.array([[0.0, 0.2]]))
    assert found[0, 1] == kinematics.upper[1]
