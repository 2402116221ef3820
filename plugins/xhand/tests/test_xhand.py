"""The XHAND1: against the fact sheet's check values, and against the file they are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_xhand import hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.kinematics import hand_kinematics, link_pose
from xlvla_sdk.specs import load_urdf

SOURCES = Path(__file__).resolve().parents[3].parent / "shared/hardware/urdf/xhand/dexlatent"
SOURCE_TIPS = {
    "thumb": "thumb_rota_tip",
    "index": "index_rota_tip",
    "middle": "mid_tip",
    "ring": "ring_tip",
    "pinky": "pinky_tip",
}
# Limits of the file the check values were computed from [rad]; ours end thumb_rota_joint1 at 1.57.
SOURCE_LOWER = np.array([0, -0.698, 0, -0.174, 0, 0, 0, 0, 0, 0, 0, 0])
SOURCE_UPPER = np.array([1.832, 1.745, 1.745, 0.174, *[1.919] * 8])
# Tips of the right hand in its root frame [m], thumb to pinky, computed from DexLatent 502750d.
CHECK_VALUES = {
    0.25: [
        (0.081379, 0.133010, 0.040785),
        (0.066578, 0.018492, 0.181208),
        (0.066566, 0.003947, 0.182055),
        (0.066554, -0.016053, 0.179055),
        (0.066543, -0.036053, 0.176055),
    ],
    0.5: [
        (0.094907, 0.049864, 0.103351),
        (0.091729, 0.026427, 0.125456),
        (0.091710, 0.003927, 0.125956),
        (0.091699, -0.016073, 0.122956),
        (0.091688, -0.036073, 0.119956),
    ],
    1.0: [
        (-0.022208, 0.015063, 0.064728),
        (0.031776, 0.020649, 0.056808),
        (0.031763, 0.003975, 0.056800),
        (0.031752, -0.016025, 0.053800),
        (0.031741, -0.036025, 0.050800),
    ],
}
AT_ZERO = [
    (0.022191, 0.156822, 0.028755),
    (0.006193, 0.026495, 0.205758),
    (0.006175, 0.003995, 0.206258),
    (0.006164, -0.016005, 0.203258),
    (0.006152, -0.036005, 0.200258),
]


@pytest.fixture(params=Side)
def spec(request: pytest.FixtureRequest) -> HandSpec:
    return hand(request.param)


def tips(spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    """Tips in the root frame [m], thumb to pinky."""
    poses = [
        link_pose(spec.model, spec.joints, qpos, spec.model.root, link)
        for link in spec.tip_links.values()
    ]
    return np.stack([pose[..., :3, 3] for pose in poses], axis=-2)


def random_postures(spec: HandSpec, count: int) -> np.ndarray:
    return np.random.default_rng(7).uniform(*spec.limits, (count, len(spec.joints)))


def test_right_tips_at_zero_are_where_the_sheet_says() -> None:
    assert tips(hand(Side.RIGHT), np.zeros(12)) == pytest.approx(np.array(AT_ZERO), abs=1e-6)


@pytest.mark.parametrize(("fraction", "expected"), CHECK_VALUES.items())
def test_right_tips_agree_with_the_check_values(
    fraction: float, expected: list[tuple[float, ...]]
) -> None:
    qpos = SOURCE_LOWER + fraction * (SOURCE_UPPER - SOURCE_LOWER)
    assert tips(hand(Side.RIGHT), qpos) == pytest.approx(np.array(expected), abs=1e-6)


@pytest.mark.skipif(not SOURCES.exists(), reason="needs the shared data beside the checkout")
def test_a_thousand_random_postures_agree_with_the_source(spec: HandSpec) -> None:
    qpos = random_postures(spec, 1000)
    source = load_urdf(SOURCES / f"xhand_{spec.side}.urdf")
    for finger, ours in zip(spec.tip_links, np.moveaxis(tips(spec, qpos), -2, 0), strict=True):
        link = f"{spec.side}_hand_{SOURCE_TIPS[finger]}"
        theirs = link_pose(source, spec.joints, qpos, source.root, link)[:, :3, 3]
        assert np.linalg.norm(ours - theirs, axis=-1).max() < 1e-5  # [m]


def test_left_mirrors_right_within_a_millimetre() -> None:
    right, left = hand(Side.RIGHT), hand(Side.LEFT)
    assert left.limits.lower == pytest.approx(right.limits.lower)
    assert left.limits.upper == pytest.approx(right.limits.upper)
    qpos = random_postures(right, 1000)
    mirrored = hand_kinematics(left).mirrored().tips(qpos)
    error = np.linalg.norm(mirrored - hand_kinematics(right).tips(qpos), axis=-1)
    assert error.max() == pytest.approx(0.66e-3, abs=0.02e-3)  # README.md, "Right and left"


def test_thumb_stops_at_the_makers_ninety_degrees(spec: HandSpec) -> None:
    upper = dict(zip(spec.joints, spec.limits.upper, strict=True))
    assert upper[f"{spec.side}_hand_thumb_rota_joint1"] == 1.57


def test_masses_sum_up_to_the_hands(spec: HandSpec) -> None:
    inertials = [link.inertial for link in spec.model.links.values()]
    total = sum(inertial.mass for inertial in inertials if inertial is not None)
    assert total == pytest.approx(1.112, abs=0.001)  # [kg], sum of the source's masses
