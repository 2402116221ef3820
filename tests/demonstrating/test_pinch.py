from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating.limb import Limb, limbs
from xlvla_sdk.demonstrating.pinch import PLAY, THICK, Pinch, find_pinch

WIDTH = 0.054


@cache
def pinched(hand: str, side: str = "right") -> tuple[Limb, Pinch]:
    (limb,) = limbs(embodiment(f"xarm7+{hand}:{side}"))
    return limb, find_pinch(limb, WIDTH)


@pytest.mark.parametrize(
    ("hand", "side"),
    [
        ("ability", "right"),
        ("inspire", "right"),
        ("xhand", "right"),
        ("paxini", "right"),
        ("xhand", "left"),
    ],
)
def test_tips_are_level_about_the_thing_and_close_on_it(hand: str, side: str):
    limb, pinch = pinched(hand, side)
    across = np.array([0.6, 0.8])
    T = pinch.palm(np.array([0.1, -0.2, 0.03]), across)
    around, closed = (
        (limb.hand_kinematics.tips(q) @ T[:3, :3].T + T[:3, 3] - (0.1, -0.2, 0.03))
        for q in (pinch.around, pinch.closed)
    )
    level = np.array([*across, 0.0])
    half = WIDTH / 2.0 + THICK + PLAY
    fingertips, thumb = around[1:3].mean(axis=0), around[0]
    assert thumb @ level == pytest.approx(half, abs=0.003)
    assert fingertips @ level == pytest.approx(-half, abs=0.003)
    assert [thumb[2], fingertips[2]] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert closed[0] @ level < WIDTH / 2.0  # both are told to go into the thing
    assert closed[1:3].mean(axis=0) @ level > -WIDTH / 2.0
    assert pinch.error < 0.005


@pytest.mark.parametrize("hand", ["ability", "inspire", "xhand", "paxini"])
def test_the_palm_is_above_the_thing(hand: str):
    _, pinch = pinched(hand)
    T = pinch.palm(np.zeros(3), np.array([1.0, 0.0]))
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    assert T[2, 3] > 0.1
    assert T[2, 2] < -0.3  # fingers point down


@pytest.mark.parametrize("hand", ["ability", "inspire", "xhand", "paxini"])
def test_a_pinch_keeps_to_the_joints_limits(hand: str):
    limb, pinch = pinched(hand)
    limb.hand.check_limits(pinch.around)
    limb.hand.check_limits(pinch.closed)
