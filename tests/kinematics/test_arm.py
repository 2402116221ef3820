"""An arm's flange is where the URDF says, and moves as its Jacobian says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_arm import rail_arm, random_arm
from tests.registered import arms
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import arm_kinematics, link_pose
from xlvla_sdk.specs import ArmSpec

# Flange origins [m] with every joint at zero, and at 25 %, 50 % and 100 % of its range: computed from
# the makers' URDFs, xarm7 as published in DexLatent, G1 as g1_29dof_rev_1_0 of unitree_ros.
CHECKED = {
    "xarm7": [
        (0.206000, 0.000003, 0.120500),
        (0.171408, 0.000001, -0.004622),
        (0.485864, 0.000001, 0.754663),
        (0.464241, -0.000002, 0.140023),
    ],
    "g1:left": [
        (0.203738, 0.148662, 0.051233),
        (-0.031168, -0.076200, 0.272122),
        (0.232204, 0.229271, 0.018959),
        (0.013791, 0.443279, 0.286912),
    ],
    "g1:right": [
        (0.203738, -0.148652, 0.051233),
        (-0.062892, -0.313137, 0.377381),
        (0.232204, -0.229261, 0.018959),
        (-0.006551, 0.156113, 0.151966),
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arms")


@pytest.mark.parametrize("spec", arms(), ids=lambda spec: spec.id)
def test_the_flange_is_where_the_makers_urdf_puts_it(spec: ArmSpec):
    kinematics = arm_kinematics(spec)
    lower, upper = spec.limits
    qpos = np.stack([0.0 * lower, *(lower + part * (upper - lower) for part in (0.25, 0.5, 1.0))])
    np.testing.assert_allclose(kinematics.fk(qpos)[:, :3, 3], CHECKED[spec.id], atol=2e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_chain_is_walked_as_link_by_link(folder: Path, seed: int):
    spec = random_arm(folder, seed)
    qpos = np.random.default_rng(seed).uniform(*spec.limits, (3, 2, len(spec.joints)))
    expected = link_pose(spec.model, spec.joints, qpos, spec.base_link, spec.flange_link)
    np.testing.assert_allclose(arm_kinematics(spec).fk(qpos), expected, atol=1e-12)


def finite_differences(spec: ArmSpec, qpos: np.ndarray, small: float = 1e-6) -> np.ndarray:
    kinematics, columns = arm_kinematics(spec), []
    R = kinematics.fk(qpos)[..., :3, :3]
    for step in small * np.eye(len(spec.joints)):
        slope = (kinematics.fk(qpos + step) - kinematics.fk(qpos - step)) / (2 * small)
        spin = slope[..., :3, :3] @ R.swapaxes(-1, -2)
        angular = np.stack([spin[..., 2, 1], spin[..., 0, 2], spin[..., 1, 0]], axis=-1)
        columns.append(np.concatenate([slope[..., :3, 3], angular], axis=-1))
    return np.stack(columns, axis=-1)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_jacobian_of_any_chain_is_its_finite_differences(folder: Path, seed: int):
    spec = random_arm(folder, seed)
    qpos = np.random.default_rng(seed).uniform(*spec.limits, (2, len(spec.joints)))
    expected = finite_differences(spec, qpos)
    np.testing.assert_allclose(arm_kinematics(spec).jacobian(qpos), expected, atol=1e-7)


@pytest.mark.parametrize("spec", arms(), ids=lambda spec: spec.id)
def test_the_jacobian_of_a_shipped_arm_is_its_finite_differences(spec: ArmSpec):
    qpos = np.random.default_rng(7).uniform(*spec.limits, (20, len(spec.joints)))
    expected = finite_differences(spec, qpos)
    np.testing.assert_allclose(arm_kinematics(spec).jacobian(qpos), expected, atol=1e-7)


def test_what_the_spec_says_is_carried_along(folder: Path):
    spec = rail_arm(folder)
    kinematics = arm_kinematics(spec)
    assert kinematics.joints == spec.joints
    assert kinematics.velocity is not None
    np.testing.assert_array_equal(kinematics.velocity, spec.velocity_limits)
    np.testing.assert_array_equal(kinematics.limits.upper, spec.limits.upper)
    assert arm_kinematics(rail_arm(folder, velocity=None)).velocity is None


def test_a_chain_that_follows_a_joint_outside_it_is_refused(folder: Path):
    path = folder / "lame.urdf"
    joint = '<joint name="{0}" type="revolute"><parent link="{1}"/><child link="{2}"/>{3}</joint>'
    limit = '<limit lower="-1" upper="1"/>'
    path.write_text(
        '<robot name="lame"><link name="a"/><link name="b"/><link name="c"/><link name="d"/>'
        + joint.format("turn", "a", "b", limit)
        + joint.format("follow", "b", "c", f'{limit}<mimic joint="aside"/>')
        + joint.format("aside", "a", "d", limit)
        + "</robot>"
    )
    spec = ArmSpec(
        name="lame",
        urdf=path,
        base_link="a",
        flange_link="c",
        velocity=1.0,
        source="-",
        license="-",
    )
    with pytest.raises(SpecError, match="'follow' on the way to 'c' follows a joint that is not"):
        arm_kinematics(spec)
