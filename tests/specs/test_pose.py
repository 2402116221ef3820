"""A pose is URDF's, and no number in it may be missing or infinite."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from pydantic import ValidationError

from xlvla_sdk.specs import Pose


def test_roll_comes_first_then_pitch_then_yaw_about_fixed_axes():
    T = Pose(xyz=(1.0, 2.0, 3.0), rpy=(pi / 2, 0.0, pi / 2)).matrix
    # y turns to z by the roll, and stays there through the yaw; x turns to y by the yaw.
    np.testing.assert_allclose(T[:3, 1], [0.0, 0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(T[:3, 0], [0.0, 1.0, 0.0], atol=1e-12)
    assert T[:3, 3].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("rpy", [(0.1, -0.4, 2.0), (0.0, pi / 2, 0.3), (pi, 0.0, -1.0)])
def test_a_pose_comes_back_from_its_matrix(rpy: tuple[float, float, float]):
    T = Pose(xyz=(0.1, 0.2, 0.3), rpy=rpy).matrix
    np.testing.assert_allclose(Pose.of(T).matrix, T, atol=1e-9)


def test_infinite_numbers_are_refused():
    with pytest.raises(ValidationError, match="finite"):
        Pose(xyz=(0.0, float("inf"), 0.0))
