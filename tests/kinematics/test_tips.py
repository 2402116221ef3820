"""Four ways from qpos to fingertips agree: screws, poses, torch, and pytorch_kinematics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_hand import random_hand, random_qpos
from tests.registered import hands
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import hand_kinematics, link_pose, link_poses
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.reference import check_against_reference, reference_tips
from xlvla_sdk.specs import FINGERS, HandSpec

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


def tips_by_poses(spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    """Tips in the palm frame by multiplying 4x4 poses from the wrist on."""
    T_palm_wrist = np.linalg.inv(spec.T_wrist_palm)
    links = [spec.tip_links[finger] for finger in spec.fingers]
    poses = [link_pose(spec.model, spec.joints, qpos, spec.wrist_link, link) for link in links]
    return np.stack([(T_palm_wrist @ T)[:, :3, 3] for T in poses], axis=1)


def tips_by_torch(spec: HandSpec, qpos: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    model = TipModel(hand_kinematics(spec), dtype)
    return model.tips(torch.from_numpy(qpos).to(dtype))[:, model.has].double().numpy()


def assert_all_agree(spec: HandSpec, qpos: np.ndarray) -> None:
    tips = hand_kinematics(spec).tips(qpos)
    np.testing.assert_allclose(tips_by_poses(spec, qpos), tips, rtol=0, atol=1e-12)
    np.testing.assert_allclose(tips_by_torch(spec, qpos, torch.float64), tips, rtol=0, atol=1e-12)
    np.testing.assert_allclose(tips_by_torch(spec, qpos, torch.float32), tips, rtol=0, atol=1e-6)
    np.testing.assert_allclose(reference_tips(spec, qpos), tips, rtol=0, atol=1e-6)


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_registered_hands_have_their_tips_where_every_reader_has_them(spec: HandSpec):
    assert_all_agree(spec, random_qpos(spec, 0, 100))


@settings(max_examples=20)
@given(seed=SEEDS)
def test_any_tree_of_joints_has_its_tips_where_every_reader_has_them(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    assert_all_agree(spec, random_qpos(spec, seed, 8))


@settings(max_examples=10)
@given(seed=SEEDS)
def test_poses_of_all_links_are_those_of_each(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    qpos = random_qpos(spec, seed, 1)[0]
    for link, T in link_poses(spec.model, spec.joints, qpos).items():
        one = link_pose(spec.model, spec.joints, qpos, spec.model.root, link)
        np.testing.assert_allclose(one, T, rtol=0, atol=1e-13)


def test_tips_take_one_posture_as_well_as_any_batch(folder: Path):
    kinematics = hand_kinematics(random_hand(folder, 1))
    qpos = random_qpos(random_hand(folder, 1), 1, 6)
    tips = kinematics.tips(qpos)
    np.testing.assert_allclose(kinematics.tips(qpos[2]), tips[2], rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        kinematics.tips(qpos.reshape(2, 3, -1)), tips.reshape(2, 3, -1, 3), rtol=0, atol=1e-15
    )


def test_joints_that_nobody_drives_stand_at_zero(folder: Path):
    spec = random_hand(folder, 1)
    qpos = random_qpos(spec, 1, 1)[0]
    bent = link_pose(spec.model, ("joint_wrist",), np.array([0.4]), "mount", "palm")
    straight = link_pose(spec.model, spec.joints, qpos, "mount", "palm")
    np.testing.assert_allclose(straight, spec.model.joints["joint_wrist"].T_parent_joint)
    assert not np.allclose(bent, straight)


def test_a_link_that_is_not_below_is_refused(folder: Path):
    spec = random_hand(folder, 1)
    with pytest.raises(SpecError, match=r"'mount' does not hang below 'palm'.*Name a wrist link"):
        link_pose(spec.model, spec.joints, spec.rest, "palm", "mount")


def test_tips_that_another_reader_puts_elsewhere_are_refused(folder: Path):
    spec = random_hand(folder, 1)
    check_against_reference(spec, hand_kinematics(spec), count=4)
    shifted = spec.model_copy(update={"palm_xyz": (0.0, 0.0, 0.0)})
    other = HandSpec(**{name: getattr(shifted, name) for name in HandSpec.model_fields})
    with pytest.raises(SpecError, match=r"random:right.*tip .* mm from where we do.*simplify"):
        check_against_reference(spec, hand_kinematics(other), count=4)


def test_a_finger_the_hand_lacks_stays_at_the_palm_and_is_marked(folder: Path):
    spec = random_hand(folder, 6)
    model = TipModel(hand_kinematics(spec))
    assert [name for name, has in zip(FINGERS, model.has, strict=True) if has] == list(spec.fingers)
    tips = model.tips(torch.rand(3, model.joints))
    assert len(spec.fingers) < len(FINGERS)
    assert not tips[:, ~model.has].any()
