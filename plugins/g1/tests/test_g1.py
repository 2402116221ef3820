"""The G1's arms: against the fact sheet's check values, the file they are from, and each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_g1 import arm

from xlvla_sdk.kinematics import link_pose
from xlvla_sdk.specs import ArmSpec, Side, load_urdf

SOURCE = (
    Path(__file__).resolve().parents[3].parent
    / "shared/hardware/urdf/g1/unitree_ros/g1_29dof_rev_1_0.urdf"
)
# Origin of the wrist-yaw links in torso_link [m], computed from unitree_ros d6f13aa; every joint at
# its zero, or at a fraction of its range.
CHECK_VALUES = {
    (Side.LEFT, None): (0.203738, 0.148662, 0.051233),
    (Side.LEFT, 0.25): (-0.031168, -0.076200, 0.272122),
    (Side.LEFT, 0.5): (0.232204, 0.229271, 0.018959),
    (Side.LEFT, 1.0): (0.013791, 0.443279, 0.286912),
    (Side.RIGHT, None): (0.203738, -0.148652, 0.051233),
    (Side.RIGHT, 0.25): (-0.062892, -0.313137, 0.377381),
    (Side.RIGHT, 0.5): (0.232204, -0.229261, 0.018959),
    (Side.RIGHT, 1.0): (-0.006551, 0.156113, 0.151966),
}
# Reflection in the robot's middle plane turns roll and yaw about, pitch not.
MIRRORED_SIGNS = np.array([1, -1, -1, 1, -1, 1, -1])


def wrist(spec: ArmSpec, qpos: np.ndarray) -> np.ndarray:
    return link_pose(spec.model, spec.joints, qpos, spec.base_link, spec.flange_link)


def random_postures(spec: ArmSpec, count: int) -> np.ndarray:
    lower, upper = spec.limits
    return np.random.default_rng(7).uniform(lower, upper, (count, len(spec.joints)))


@pytest.mark.parametrize(("posture", "expected"), CHECK_VALUES.items())
def test_wrist_agrees_with_the_check_values(
    posture: tuple[Side, float | None], expected: tuple[float, ...]
) -> None:
    side, fraction = posture
    spec = arm(side)
    lower, upper = spec.limits
    qpos = np.zeros(7) if fraction is None else lower + fraction * (upper - lower)
    assert wrist(spec, qpos)[:3, 3] == pytest.approx(expected, abs=1e-6)


@pytest.mark.skipif(not SOURCE.exists(), reason="needs the shared data beside the checkout")
@pytest.mark.parametrize("side", Side)
def test_a_thousand_random_postures_agree_with_the_source(side: Side) -> None:
    spec = arm(side)
    qpos = random_postures(spec, 1000)
    theirs = link_pose(load_urdf(SOURCE), spec.joints, qpos, "torso_link", f"{side}_wrist_yaw_link")
    error = np.abs(wrist(spec, qpos) - theirs)
    assert error[:, :3, 3].max() < 1e-5  # [m]
    assert error[:, :3, :3].max() < 1e-5  # unitless, entries of the rotation


def test_left_mirrors_right_within_a_millimetre() -> None:
    right, left = arm(Side.RIGHT), arm(Side.LEFT)
    qpos = random_postures(right, 200)
    p_right = wrist(right, qpos)[:, :3, 3]
    p_left = wrist(left, qpos * MIRRORED_SIGNS)[:, :3, 3]
    assert np.abs(p_left - p_right * [1, -1, 1]).max() < 1e-3


def test_limits_mirror_too() -> None:
    right, left = arm(Side.RIGHT).limits, arm(Side.LEFT).limits
    bounds = np.stack([right.lower * MIRRORED_SIGNS, right.upper * MIRRORED_SIGNS])
    assert left.lower == pytest.approx(bounds.min(axis=0))
    assert left.upper == pytest.approx(bounds.max(axis=0))


def test_velocity_limit_stays_below_what_the_motors_can_do() -> None:
    for side in Side:
        spec = arm(side)
        motors = [spec.model.joints[joint].velocity for joint in spec.joints]
        assert motors == [37, 37, 37, 37, 37, 22, 22]  # [rad/s], unitree_ros d6f13aa
        assert np.all(spec.velocity_limits < motors)


def test_every_link_has_a_physical_inertia() -> None:
    inertials = [link.inertial for link in arm(Side.RIGHT).model.links.values()]
    for inertial in inertials:
        assert inertial is not None
        a, b, c = np.linalg.eigvalsh(inertial.inertia)
        assert a > 1e-7
        assert a + b > c
    # The maker's torso, and twice the maker's arm [kg].
    assert sum(i.mass for i in inertials if i is not None) == pytest.approx(13.478, abs=0.001)


@pytest.mark.parametrize("side", Side)
def test_ready_holds_the_wrist_before_the_body(side: Side) -> None:
    spec = arm(side)
    T_torso_wrist = wrist(spec, spec.posture("ready"))
    assert T_torso_wrist[0, 3] > 0.1
    assert T_torso_wrist[0, 0] > 0.9  # the flange points along x: forwards
