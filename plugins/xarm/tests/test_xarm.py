"""The xArm 7: against the fact sheet's check values, and against the file they are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_xarm import arm

from xlvla_sdk.kinematics import link_pose
from xlvla_sdk.specs import ArmSpec, load_urdf

SOURCE = (
    Path(__file__).resolve().parents[3].parent / "shared/hardware/urdf/xarm7/dexlatent/xarm7.urdf"
)
TURN = 6.28318530718
# Limits of the file the check values were computed from, which differ from ours by up to 1e-5 rad.
SOURCE_LOWER = np.array([-TURN, -2.059, -TURN, -0.19198, -TURN, -1.69297, -TURN])
SOURCE_UPPER = np.array([TURN, 2.0944, TURN, 3.927, TURN, 3.14159265359, TURN])
# Origin of link7 in link_base [m], computed from DexLatent 502750d; fractions are of each range.
CHECK_VALUES = {
    0.25: (0.171408, 0.000001, -0.004622),
    0.5: (0.485864, 0.000001, 0.754663),
    1.0: (0.464241, -0.000002, 0.140023),
}


@pytest.fixture
def spec() -> ArmSpec:
    return arm()


def flange(spec: ArmSpec, qpos: np.ndarray) -> np.ndarray:
    return link_pose(spec.model, spec.joints, qpos, spec.base_link, spec.flange_link)


def random_postures(spec: ArmSpec, count: int) -> np.ndarray:
    lower, upper = spec.limits
    return np.random.default_rng(7).uniform(lower, upper, (count, len(spec.joints)))


def test_flange_at_zero_is_where_the_sheet_says(spec: ArmSpec) -> None:
    p_base_flange = flange(spec, np.zeros(7))[:3, 3]
    assert p_base_flange == pytest.approx([0.206, 0.000003, 0.1205], abs=1e-6)


@pytest.mark.parametrize(("fraction", "expected"), CHECK_VALUES.items())
def test_flange_agrees_with_the_check_values(
    spec: ArmSpec, fraction: float, expected: tuple[float, ...]
) -> None:
    qpos = SOURCE_LOWER + fraction * (SOURCE_UPPER - SOURCE_LOWER)
    assert flange(spec, qpos)[:3, 3] == pytest.approx(expected, abs=1e-6)


@pytest.mark.skipif(not SOURCE.exists(), reason="needs the shared data beside the checkout")
def test_a_thousand_random_postures_agree_with_the_source(spec: ArmSpec) -> None:
    qpos = random_postures(spec, 1000)
    theirs = link_pose(load_urdf(SOURCE), spec.joints, qpos, "link_base", "link7")
    error = np.abs(flange(spec, qpos) - theirs)
    assert error[:, :3, 3].max() < 1e-5  # [m]
    assert error[:, :3, :3].max() < 1e-5  # unitless, entries of the rotation


def test_limits_are_the_tighter_of_description_and_controller(spec: ArmSpec) -> None:
    lower, upper = spec.limits
    controller_lower = np.array([-TURN, -2.059488, -TURN, -0.191986, -TURN, -1.692969, -TURN])
    controller_upper = np.array([TURN, 2.094395, TURN, 3.92699, TURN, 3.14159265359, TURN])
    assert lower == pytest.approx(np.maximum(SOURCE_LOWER, controller_lower), abs=1e-12)
    assert upper == pytest.approx(np.minimum(SOURCE_UPPER, controller_upper), abs=1e-12)


def test_velocity_is_180_degrees_a_second(spec: ArmSpec) -> None:
    assert spec.velocity_limits == pytest.approx(np.full(7, np.pi), rel=1e-3)


def test_every_link_has_a_physical_inertia(spec: ArmSpec) -> None:
    inertials = [link.inertial for link in spec.model.links.values()]
    for inertial in inertials:
        assert inertial is not None
        a, b, c = np.linalg.eigvalsh(inertial.inertia)
        assert a > 1e-7
        assert a + b > c
    # Sum of the maker's masses [kg].
    assert sum(i.mass for i in inertials if i is not None) == pytest.approx(11.317, abs=0.001)


def test_ready_points_the_flange_down_before_the_base(spec: ArmSpec) -> None:
    T_base_flange = flange(spec, spec.posture("ready"))
    assert T_base_flange[:3, 2] == pytest.approx([0, 0, -1], abs=1e-4)
    assert 0.4 < T_base_flange[0, 3] < 0.6
    assert T_base_flange[2, 3] > 0.2
