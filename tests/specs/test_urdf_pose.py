"""Roll, pitch and yaw name every rotation."""

from __future__ import annotations

from math import pi

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xlvla_sdk.specs.urdf_file import pose, rpy

ANGLE = st.one_of(st.floats(-pi, pi), st.sampled_from([0.0, pi / 2, -pi / 2, pi]))


@given(ANGLE, ANGLE, ANGLE)
def test_the_angles_of_a_rotation_make_it_again(roll: float, pitch: float, yaw: float):
    rotation = pose(np.zeros(3), np.array([roll, pitch, yaw]))[:3, :3]
    np.testing.assert_allclose(
        pose(np.zeros(3), np.array(rpy(rotation)))[:3, :3], rotation, atol=1e-6
    )
