"""What a maker should know about a hand before shipping it."""

from __future__ import annotations

import numpy as np
import pytest
import xlvla_acme_h11
from xlvla_acme_h11 import hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.kinematics import find_palm, hand_kinematics, link_poses
from xlvla_sdk.registry import Registry

RIGHT, LEFT = hand(Side.RIGHT), hand(Side.LEFT)
FINGERS = RIGHT.fingers
TIP_DISTANCE = 3e-3  # [m], below it two fingertips touch


@pytest.fixture(params=[RIGHT, LEFT], ids=lambda spec: spec.id)
def spec(request: pytest.FixtureRequest) -> HandSpec:
    return request.param


def gap(spec: HandSpec, qpos: np.ndarray, finger: str) -> np.ndarray:
    """From the finger's tip to the thumb's, in the palm frame [m]; one posture or many."""
    tips = hand_kinematics(spec).tips(qpos)
    return tips[..., 0, :] - tips[..., spec.fingers.index(finger), :]


def closed(spec: HandSpec, finger: str) -> np.ndarray:
    """A posture that brings the finger's tip to the thumb's: Gauss-Newton, kept within limits."""
    lower, upper = spec.limits
    qpos = lower + 0.4 * (upper - lower)
    step = 1e-6  # [rad]
    for _ in range(40):
        here, *beside = gap(spec, np.vstack([qpos, qpos + step * np.eye(len(qpos))]), finger)
        jacobian = (np.array(beside) - here).T / step
        qpos = np.clip(qpos - 0.3 * np.linalg.pinv(jacobian, rcond=0.1) @ here, lower, upper)
    return qpos


def test_plugin_offers_both_sides() -> None:
    devices = Registry().register_plugin(xlvla_acme_h11)
    assert [device.spec.id for device in devices] == ["acme_h11:right", "acme_h11:left"]


def test_eleven_motors_drive_fifteen_joints(spec: HandSpec) -> None:
    moving = [joint for joint in spec.model.joints.values() if joint.moves]
    assert len(spec.joints) == 11
    assert {joint.name for joint in moving if joint.mimic} == {f"{f}_bend" for f in FINGERS}
    assert len(moving) == 15


def test_palm_link_is_the_palm_frame(spec: HandSpec) -> None:
    assert find_palm(spec) == pytest.approx(np.eye(3))


def test_left_is_the_mirror_image_of_right() -> None:
    qpos = np.random.default_rng(7).uniform(*RIGHT.limits, (200, len(RIGHT.joints)))
    mirrored = hand_kinematics(RIGHT).tips(qpos) * [1, -1, 1]
    assert hand_kinematics(LEFT).tips(qpos) == pytest.approx(mirrored, abs=1e-9)


def test_tips_lie_on_the_surface(spec: HandSpec) -> None:
    poses = link_poses(spec.model, spec.joints, spec.rest)
    for link in spec.tip_links.values():
        parent = spec.model.parent_joint[link].parent
        p_parent_tip = (np.linalg.inv(poses[parent]) @ poses[link])[:3, 3]
        spheres = [s for s in spec.model.links[parent].collisions if s.kind == "sphere"]
        heights = [
            np.linalg.norm(p_parent_tip - s.T_link_shape[:3, 3]) - s.size[0] for s in spheres
        ]
        assert min(heights) == pytest.approx(0, abs=1e-4)  # [m]


def test_posture_pinch_closes_thumb_and_index(spec: HandSpec) -> None:
    assert np.linalg.norm(gap(spec, spec.posture("pinch"), "index")) < TIP_DISTANCE


@pytest.mark.parametrize("finger", FINGERS[1:])
def test_thumb_reaches_every_finger(spec: HandSpec, finger: str) -> None:
    assert np.linalg.norm(gap(spec, closed(spec, finger), finger)) < TIP_DISTANCE


def test_fist_brings_the_fingertips_to_the_palm(spec: HandSpec) -> None:
    tips = hand_kinematics(spec).tips(spec.posture("fist"))[1:]
    assert np.all(tips[:, 2] < 0.1)  # [m], below the knuckles
    assert np.all(tips[:, 0] > 0)  # before the palm, not in it
