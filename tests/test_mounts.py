"""Hands on arms stand where the makers' assemblies and one convention put them."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import link_pose
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec, Side, placed_sides

HANDS = ("ability", "inspire", "xhand", "paxini")
# The arm's range in the source of the check values; ours is tighter in one joint [rad].
ARM_LOWER = np.array([-2 * pi, -2.059, -2 * pi, -0.19198, -2 * pi, -1.69297, -2 * pi])
ARM_UPPER = np.array([2 * pi, 2.0944, 2 * pi, 3.927, 2 * pi, pi, 2 * pi])
# Where the source's range of a hand's joint is wider than ours [rad].
HAND_RANGES = {
    "ability": {
        "thumb_q1": (-2.0943951, 0.0),
        **dict.fromkeys(("thumb_q2", "index_q1"), (0.0, 2.0943951)),
    },
    "xhand": {"right_hand_thumb_rota_joint1": (-0.698, 1.745)},
}
# Thumb and index tip in link_base [m], every joint at a fraction of its own range (None: all at
# zero), computed from DexLatent 502750d, xarm7_*_right_hand.urdf.
CHECK_VALUES = {
    ("ability", None): ((0.196310, -0.112954, 0.031957), (0.193674, -0.030261, -0.070642)),
    ("ability", 0.25): ((0.166900, -0.021375, -0.140915), (0.100211, -0.023224, -0.159655)),
    ("ability", 0.5): ((0.623247, -0.035027, 0.744281), (0.610904, -0.020567, 0.751478)),
    ("ability", 1.0): ((0.362966, -0.002854, 0.092640), (0.376491, -0.027415, 0.127370)),
    ("inspire", None): ((0.255760, -0.112648, -0.021059), (0.213083, -0.028955, -0.116208)),
    ("inspire", 0.25): ((0.124410, -0.084013, -0.173164), (0.072977, -0.028450, -0.209897)),
    ("inspire", 0.5): ((0.671697, -0.052382, 0.739543), (0.685044, -0.027167, 0.741583)),
    ("inspire", 1.0): ((0.302638, -0.020383, 0.069273), (0.363759, -0.024742, 0.067642)),
    ("xhand", None): ((0.228191, -0.156818, 0.084744), (0.212193, -0.026490, -0.092259)),
    ("xhand", 0.25): ((0.205765, -0.133009, -0.092518), (0.107245, -0.018490, -0.193667)),
    ("xhand", 0.5): ((0.626333, -0.049862, 0.792783), (0.644914, -0.026425, 0.780395)),
    ("xhand", 1.0): ((0.389209, -0.015065, 0.142909), (0.410831, -0.020652, 0.092814)),
    ("paxini", None): ((0.216774, -0.178701, 0.052335), (0.195564, -0.031495, -0.130772)),
    ("paxini", 0.25): ((0.131175, -0.143673, -0.155419), (0.074405, -0.017569, -0.223676)),
    ("paxini", 0.5): ((0.666938, -0.097920, 0.753805), (0.677633, -0.031497, 0.760876)),
    ("paxini", 1.0): ((0.315999, -0.060852, 0.097318), (0.357886, -0.017086, 0.097280)),
}
EVERY_HAND = pytest.mark.parametrize("hand", [*HANDS, "inspire_ftp"])
SIDES = pytest.mark.parametrize("side", list(Side))


def posture(lower: np.ndarray, upper: np.ndarray, fraction: float | None) -> np.ndarray:
    zero = np.clip(np.zeros(len(lower)), lower, upper)
    return zero if fraction is None else lower + fraction * (upper - lower)


def hand_posture(spec: HandSpec, fraction: float | None) -> np.ndarray:
    ranges = HAND_RANGES.get(spec.name, {})
    own = zip(spec.joints, *spec.limits, strict=True)
    lower, upper = np.array([ranges.get(name, (low, high)) for name, low, high in own]).T
    return posture(lower, upper, fraction)


@pytest.mark.parametrize(("hand", "fraction"), CHECK_VALUES)
def test_tips_on_an_xarm_agree_with_the_makers_assembly(hand: str, fraction: float | None):
    (placed,) = placed_sides(registry().embodiment(f"xarm7+{hand}:right"))
    arm, spec = placed.body.arm, placed.body.hand
    assert arm is not None
    assert spec is not None
    assert placed.T_flange_wrist is not None
    qpos = posture(ARM_LOWER, ARM_UPPER, fraction)
    T_base_flange = link_pose(arm.model, arm.joints, qpos, arm.base_link, arm.flange_link)
    qpos = hand_posture(spec, fraction)
    for finger, expected in zip(("thumb", "index"), CHECK_VALUES[hand, fraction], strict=True):
        link = spec.tip_links[finger]
        T_wrist_tip = link_pose(spec.model, spec.joints, qpos, spec.wrist_link, link)
        found = (T_base_flange @ placed.T_flange_wrist @ T_wrist_tip)[:3, 3]
        np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=finger)


def palm_in_flange(arm: str, hand: str, side: Side) -> np.ndarray:
    spec = registry().hand(f"{hand}:{side}")
    return spec.mounts[arm].matrix @ spec.T_wrist_palm


@SIDES
@pytest.mark.parametrize("hand", HANDS)
def test_on_an_xarm_fingers_point_out_of_the_flange_and_the_palm_faces_x(hand: str, side: Side):
    np.testing.assert_allclose(palm_in_flange("xarm7", hand, side)[:3, :3], np.eye(3), atol=1e-6)


@SIDES
@EVERY_HAND
def test_on_a_g1_fingers_point_along_the_wrist_the_palm_inwards_the_index_up(hand: str, side: Side):
    R = palm_in_flange("g1", hand, side)[:3, :3]
    inwards = 1.0 if side is Side.RIGHT else -1.0  # the right palm faces the left, +y
    index = R[:, 1] * inwards  # the palm frame's index side is +y on a right hand, -y on a left
    np.testing.assert_allclose(R[:, 2], [1.0, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(R[:, 0], [0.0, inwards, 0.0], atol=1e-6)
    np.testing.assert_allclose(index, [0.0, 0.0, 1.0], atol=1e-6)


@pytest.mark.parametrize("arm", ["xarm7", "g1"])
@pytest.mark.parametrize("hand", HANDS)
def test_every_arm_takes_every_hand_on_both_sides(arm: str, hand: str):
    body = registry().embodiment(f"{arm}+{hand}:both")
    right, left = placed_sides(body)
    assert (right.body.side, left.body.side) == (Side.RIGHT, Side.LEFT)
    assert len(set(body.joints)) == len(body.joints) == 2 * (7 + len(body.hands[0].joints))


def test_different_hands_and_an_arm_or_a_hand_alone_stand_too():
    for text in (
        "xarm7+xhand:right,xarm7+inspire:left",
        "xarm7+paxini:right,xarm7:left",
        "xarm7",
        "g1:left",
        "g1:both",
        "xhand:both",
    ):
        body = registry().embodiment(text)
        assert len(placed_sides(body)) == len(body.sides)


def test_bases_of_xarms_stand_apart_and_a_g1_stands_in_one_place():
    right, left = placed_sides(registry().embodiment("xarm7:both"))
    np.testing.assert_allclose(left.T_task_base[:3, 3] - right.T_task_base[:3, 3], [0.0, 0.6, 0.0])
    right, left = placed_sides(registry().embodiment("g1:both"))
    np.testing.assert_array_equal(right.T_task_base, left.T_task_base)


def test_a_hand_that_no_source_shows_on_an_arm_is_refused_with_the_key():
    with pytest.raises(SpecError, match=r'only on g1.*\[mounts\] "xarm7\+inspire_ftp:left"'):
        placed_sides(registry().embodiment("xarm7+inspire_ftp:left"))
