"""The DexH13: against the fact sheet's check values, and against the file they are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_paxini import PASSIVE, hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.kinematics import hand_kinematics, link_pose
from xlvla_sdk.specs import load_urdf

SOURCES = Path(__file__).resolve().parents[3].parent / "shared/hardware/urdf/paxini/dexlatent"
# Limits of the files the check values were computed from [rad]; ours are 1 mrad less in joint 0.
SOURCE_LOWER = np.array([-0.35, 0, 0, 0] * 4)
SOURCE_UPPER = np.array([0.35, 1.57, 1.57, 1.57] * 4)
# Tips in the root frame [m], thumb to ring, computed from DexLatent 502750d.
CHECK_VALUES = {
    (Side.RIGHT, 0.25): [
        (0.061708, 0.143676, 0.125354),
        (0.059350, 0.017571, 0.214103),
        (0.059357, -0.013927, 0.214095),
        (0.059357, -0.045427, 0.214094),
    ],
    (Side.RIGHT, 0.5): [
        (0.077218, 0.097921, 0.145785),
        (0.088207, 0.031499, 0.152392),
        (0.088206, -0.000001, 0.152382),
        (0.088206, -0.031501, 0.152381),
    ],
    (Side.RIGHT, 1.0): [
        (0.002882, 0.060849, 0.136243),
        (0.013759, 0.017083, 0.095794),
        (0.013749, -0.014417, 0.095795),
        (0.013748, -0.045917, 0.095794),
    ],
    (Side.LEFT, 0.25): [
        (-0.067419, 0.141339, 0.124932),
        (-0.059369, 0.017476, 0.214108),
        (-0.059329, -0.014023, 0.214101),
        (-0.059265, -0.045524, 0.214110),
    ],
    (Side.LEFT, 0.5): [
        (-0.081567, 0.093597, 0.145732),
        (-0.088248, 0.031359, 0.152401),
        (-0.088208, -0.000141, 0.152391),
        (-0.088149, -0.031641, 0.152404),
    ],
    (Side.LEFT, 1.0): [
        (-0.002973, 0.055241, 0.138205),
        (-0.013785, 0.017066, 0.095810),
        (-0.013733, -0.014441, 0.095791),
        (-0.013686, -0.045935, 0.095806),
    ],
}
AT_ZERO = {
    Side.RIGHT: [
        (0.010774, 0.178705, 0.050164),
        (-0.010436, 0.031500, 0.233272),
        (-0.010426, 0.000000, 0.233271),
        (-0.010425, -0.031500, 0.233270),
    ],
    Side.LEFT: [
        (-0.016995, 0.178679, 0.050167),
        (0.010395, 0.031516, 0.233275),
        (0.010434, 0.000016, 0.233269),
        (0.010500, -0.031484, 0.233272),
    ],
}


@pytest.fixture(params=Side)
def spec(request: pytest.FixtureRequest) -> HandSpec:
    return hand(request.param)


def tips(spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    """Tips in the root frame [m], thumb to ring."""
    poses = [
        link_pose(spec.model, spec.joints, qpos, spec.model.root, link)
        for link in spec.tip_links.values()
    ]
    return np.stack([pose[..., :3, 3] for pose in poses], axis=-2)


def random_postures(spec: HandSpec, count: int) -> np.ndarray:
    return np.random.default_rng(7).uniform(*spec.limits, (count, len(spec.joints)))


def test_tips_at_zero_are_where_the_sheet_says(spec: HandSpec) -> None:
    assert spec.side is not None
    assert tips(spec, np.zeros(16)) == pytest.approx(np.array(AT_ZERO[spec.side]), abs=1e-6)


@pytest.mark.parametrize(("place", "expected"), CHECK_VALUES.items())
def test_tips_agree_with_the_check_values(
    place: tuple[Side, float], expected: list[tuple[float, ...]]
) -> None:
    side, fraction = place
    qpos = SOURCE_LOWER + fraction * (SOURCE_UPPER - SOURCE_LOWER)
    assert tips(hand(side), qpos) == pytest.approx(np.array(expected), abs=1e-6)


@pytest.mark.skipif(not SOURCES.exists(), reason="needs the shared data beside the checkout")
def test_a_thousand_random_postures_agree_with_the_source(spec: HandSpec) -> None:
    qpos = random_postures(spec, 1000)
    source = load_urdf(SOURCES / f"dexh13_hand_{spec.side}_description.urdf")
    for finger, ours in zip(spec.tip_links, np.moveaxis(tips(spec, qpos), -2, 0), strict=True):
        theirs = link_pose(source, spec.joints, qpos, source.root, f"{finger}_tip")[:, :3, 3]
        assert np.linalg.norm(ours - theirs, axis=-1).max() < 1e-5  # [m]


def mirror_error(count: int) -> np.ndarray:
    """How far each left tip is from the right one's mirror image [m], (count, 4)."""
    right, left = hand(Side.RIGHT), hand(Side.LEFT)
    qpos = random_postures(right, count)
    mirrored = hand_kinematics(left).mirrored().tips(qpos)
    return np.linalg.norm(mirrored - hand_kinematics(right).tips(qpos), axis=-1)


def test_left_fingers_mirror_right_within_a_millimetre() -> None:
    left, right = hand(Side.LEFT).limits, hand(Side.RIGHT).limits
    assert left.lower == pytest.approx(right.lower)
    assert left.upper == pytest.approx(right.upper)
    assert mirror_error(1000)[:, 1:].max() < 0.2e-3


def test_left_thumb_deviates_from_the_mirror_as_declared() -> None:
    assert mirror_error(1000)[:, 0].max() == pytest.approx(6.2e-3, abs=0.1e-3)  # README.md


def test_left_palm_is_turned_half_round() -> None:
    assert hand(Side.LEFT).T_wrist_palm[:3, 0] == pytest.approx([-1, 0, 0], abs=1e-12)


def test_four_fingers_and_no_pinky(spec: HandSpec) -> None:
    assert spec.fingers == ("thumb", "index", "middle", "ring")


def test_passive_joints_are_among_the_sixteen(spec: HandSpec) -> None:
    assert len(spec.joints) == 16
    assert {f"{spec.side}_{joint}" for joint in PASSIVE} <= set(spec.joints)


def test_masses_sum_up_to_the_hands(spec: HandSpec) -> None:
    inertials = [link.inertial for link in spec.model.links.values()]
    total = sum(inertial.mass for inertial in inertials if inertial is not None)
    assert total == pytest.approx(1.0, abs=0.001)  # [kg], our estimate: see README.md
