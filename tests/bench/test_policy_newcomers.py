"""A hand that nobody sells a flange for is mounted to pinch where another does."""

from __future__ import annotations

import numpy as np

from bench.policy_newcomers import mount_like
from tests.registered import embodiment
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.pinch import pinch_point


def test_it_pinches_where_the_other_does_and_points_alike():
    ability, xhand = (embodiment(f"{name}:right").hands[0] for name in ("ability", "xhand"))
    ability = ability.model_copy(
        update={"palm_xyz": (0.0, 0.02, 0.05), "palm_rpy": (0.3, 0.0, 1.0)}
    )
    mounts = (mount_like(ability, xhand), xhand.mounts["xarm7"])
    palms = [m.matrix @ one.T_wrist_palm for m, one in zip(mounts, (ability, xhand), strict=True)]
    points = [
        T[:3, :3] @ pinch_point(hand_kinematics(one), one.rest) + T[:3, 3]
        for T, one in zip(palms, (ability, xhand), strict=True)
    ]
    np.testing.assert_allclose(palms[0][:3, :3], palms[1][:3, :3], atol=1e-9)
    np.testing.assert_allclose(points[0], points[1], atol=1e-9)
    assert np.abs(palms[0][:3, 3] - palms[1][:3, 3]).max() > 0.01
