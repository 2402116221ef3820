"""What every hand of an installed plugin is as a body: masses, fingertips, and postures that fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.registered import hands
from xlvla_sdk.kinematics import find_palm, hand_kinematics, link_poses
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import HandSpec

TOGETHER = 3.2e-3
"""Thumb and index in a pinch; no posture of the tactile Inspire hand brings them nearer than 3.0 mm [m]."""
SURFACE = 2e-3
"""How far a fingertip may be from the surface of the shape that it belongs to [m]."""
LOWER = 0.05
"""How far a fist takes fingertips down the palm, at the least [m]."""

PRESSED = {"open": 0.0, "fist": 2e-3, "pinch": 2e-3}
"""By posture, how far links may be in one another: a thumb rests on fingers, and pads give way [m]."""

every_hand = pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)


@every_hand
def test_the_palm_frame_is_the_one_that_tips_show(spec: HandSpec):
    assert find_palm(spec) == pytest.approx(spec.T_wrist_palm[:3, :3], abs=1e-9)


@every_hand
def test_velocity_limits_are_the_urdfs(spec: HandSpec):
    assert spec.velocity_limits.tolist() == [
        spec.model.joints[name].velocity for name in spec.joints
    ]


@every_hand
def test_what_moves_has_a_mass_and_inertia_that_matter_can_have(spec: HandSpec):
    moving = [joint.child for joint in spec.model.joints.values() if joint.moves]
    for link in (spec.wrist_link, *moving):
        inertial = spec.model.links[link].inertial
        assert inertial is not None, link
        assert inertial.mass >= 0.001, link  # [kg]
        a, b, c = np.linalg.eigvalsh(inertial.inertia)
        assert a >= 1e-7, link  # [kg m^2]
        assert a + b > c, link


@every_hand
def test_tips_lie_on_their_fingers_surface(spec: HandSpec):
    poses = link_poses(spec.model, spec.joints, spec.rest)
    for tip in spec.tip_links.values():
        distal = spec.model.links[spec.model.parent_joint[tip].parent]
        p_distal_tip = (np.linalg.inv(poses[distal.name]) @ poses[tip])[:3, 3]
        gaps = [
            abs(float(np.linalg.norm(p_distal_tip - shape.T_link_shape[:3, 3])) - shape.size[0])
            for shape in distal.collisions
            if shape.kind == "sphere"
        ]
        assert min(gaps) < SURFACE, tip


@every_hand
def test_a_pinch_brings_thumb_and_index_together(spec: HandSpec):
    thumb, index, *_ = hand_kinematics(spec).tips(spec.posture("pinch"))
    assert np.linalg.norm(thumb - index) < TOGETHER


@every_hand
def test_a_fist_brings_every_fingertip_down_the_palm(spec: HandSpec):
    opened, closed = (hand_kinematics(spec).tips(spec.posture(p))[1:] for p in ("open", "fist"))
    assert (closed[:, 2] < opened[:, 2] - LOWER).all()
    assert (closed[:, 0] > opened[:, 0]).all()  # in front of it, not behind


@every_hand
@pytest.mark.parametrize("posture", PRESSED)
def test_links_that_are_no_neighbours_do_not_meet(spec: HandSpec, posture: str):
    mujoco = pytest.importorskip("mujoco")
    whole = '<mujoco><compiler fusestatic="false" discardvisual="false"/></mujoco></robot>'
    text = Path(str(spec.urdf)).read_text().replace("</robot>", whole)
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    qpos = spec.posture(posture)
    for name, (column, multiplier, offset) in joint_drives(spec.model, spec.joints).items():
        data.joint(name).qpos[0] = multiplier * qpos[column] + offset
    mujoco.mj_forward(model, data)
    for contact in data.contact:
        one, other = (int(model.geom_bodyid[geom]) for geom in contact.geom)
        # MuJoCo leaves out parent and child only where the parent moves, so not at the palm.
        neighbours = other in (one, model.body_parentid[one]) or one == model.body_parentid[other]
        assert neighbours or contact.dist >= -PRESSED[posture], (
            f"{model.body(one).name} is {-1e3 * contact.dist:.1f} mm in {model.body(other).name}"
        )
