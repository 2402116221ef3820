"""The tactile hand's geometry: against the file its numbers are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_inspire.tactile_hand import tactile_hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.kinematics import hand_kinematics, link_pose, shared_kinematics
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import load_urdf

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
SOURCE = "hardware/urdf/inspire/unitree_ros/FTP_{side}_hand.urdf"
SIDES = pytest.mark.parametrize("side", list(Side))
MASS = 0.8783  # [kg], the source's links with its touch fields
ENDS = {"thumb": "thumb_force_sensor_4"} | {
    finger: f"{theirs}_force_sensor_3"
    for finger, theirs in zip(
        ("index", "middle", "ring", "pinky"), ("index", "middle", "ring", "little"), strict=True
    )
}
"""The fields at the fingers' ends, where our tips are."""
TURN = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Palm frame from the source's base link: its palm faces y, ours x."""


def source(side: Side) -> Path:
    path = SHARED / SOURCE.format(side=side)
    if not path.exists():
        pytest.skip("needs the shared data, which lie beside the checkout")
    return path


def postures(spec: HandSpec, count: int) -> np.ndarray:
    lower, upper = spec.limits
    return np.random.default_rng(7).uniform(lower, upper, (count, len(lower)))


@SIDES
def test_a_thousand_random_postures_agree_with_the_source(side: Side) -> None:
    spec, model = tactile_hand(side), load_urdf(source(side))
    qpos = postures(spec, 1000)
    names = tuple(f"{side}_{joint}" for joint in spec.joints)
    theirs = np.stack(
        [
            link_pose(model, names, qpos, f"{side}_base_link", f"{side}_{ENDS[finger]}")[:, :3, 3]
            for finger in spec.tip_links
        ],
        axis=1,
    )
    ours = hand_kinematics(spec).tips(qpos)
    assert np.linalg.norm(ours - theirs @ TURN.T, axis=-1).max() < 1e-6  # [m]


@SIDES
def test_limits_of_actuated_joints_are_the_sources(side: Side) -> None:
    spec, model = tactile_hand(side), load_urdf(source(side))
    for joint, lower, upper in zip(spec.joints, *spec.limits, strict=True):
        theirs = model.joints[f"{side}_{joint}"]
        assert (lower, upper) == (theirs.lower, theirs.upper)


@SIDES
def test_masses_are_the_sources(side: Side) -> None:
    inertials = [link.inertial for link in tactile_hand(side).model.links.values()]
    total = sum(inertial.mass for inertial in inertials if inertial is not None)
    assert total == pytest.approx(MASS, abs=1e-4)  # [kg]


def test_lengths_are_those_of_the_maker() -> None:
    """A check that needs no file: the open hand's tips, by hand from the source's numbers [m]."""
    tips = hand_kinematics(tactile_hand(Side.RIGHT)).tips(np.zeros(6))
    middle_z = 0.157 + 0.032596 + 0.056051
    assert tips[2, 2] == pytest.approx(middle_z, abs=1e-5)
    assert tips[2, 1] == pytest.approx(0.0171 - 0.00055 - 0.0061006, abs=1e-5)


def test_left_mirrors_right_thumb_and_all() -> None:
    right, left = tactile_hand(Side.RIGHT), tactile_hand(Side.LEFT)
    qpos = postures(right, 1000)
    apart = shared_kinematics(right).tips(qpos) - shared_kinematics(left).tips(qpos)
    assert np.linalg.norm(apart, axis=-1).max() < 2e-6  # [m]


def test_the_thumbs_chain_of_mimics_is_one_product() -> None:
    spec = tactile_hand(Side.RIGHT)
    _, multiplier, _ = joint_drives(spec.model, spec.joints)["thumb_4_joint"]
    assert multiplier == pytest.approx(0.8024 * 0.9487, abs=1e-8)


@SIDES
def test_a_pinch_brings_thumb_and_index_as_near_as_they_come(side: Side) -> None:
    spec = tactile_hand(side)
    kinematics = hand_kinematics(spec)
    thumb, index, *_ = kinematics.tips(spec.posture("pinch"))
    assert np.linalg.norm(thumb - index) < 0.0031  # [m], and no posture comes nearer:
    near = kinematics.tips(postures(spec, 20000))
    assert np.linalg.norm(near[:, 0] - near[:, 1], axis=-1).min() > 0.003
