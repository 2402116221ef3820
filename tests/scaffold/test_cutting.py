"""Of a robot's URDF the hand alone is kept, to the letter where nothing is to be left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.shared_data import shared_path
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.scaffold import Answers, draft_hand
from xlvla_sdk.scaffold.cutting import only_below
from xlvla_sdk.scaffold.package_hand import packaged
from xlvla_sdk.specs import HandSpec, Side, load_urdf

ARM = """<?xml version="1.0"?>
<!-- The maker's terms stand here, before <robot>. -->
<robot name="both">
  <material name="grey"/>
  <!-- The arm. -->
  <link name="base"/>
  <joint name="turn" type="revolute">
    <parent link="base"/><child link="wrist"/>
    <limit lower="-1" upper="1" velocity="1" effort="1"/>
  </joint>
  <link name="wrist"/>
  <joint name="bend" type="revolute">
    <parent link="wrist"/><child link="finger"/>
    <limit lower="0" upper="1" velocity="1" effort="1"/>
  </joint>
  <link name="finger"/>
  <transmission name="t0"><joint name="turn"/></transmission>
  <transmission name="t1"><joint name="bend"/></transmission>
  <gazebo reference="base"/>
  <gazebo reference="finger"/>
</robot>
"""


def test_what_stands_before_the_wrist_goes_with_all_that_is_said_of_it(tmp_path: Path):
    path = tmp_path / "both.urdf"
    path.write_text(ARM)
    cut = only_below(ARM, load_urdf(path), "wrist")
    for gone in ("turn", '"base"', "t0"):
        assert gone not in cut
    for kept in ("maker's terms", "grey", "The arm.", "bend", "t1", 'reference="finger"'):
        assert kept in cut
    path.write_text(cut)
    assert load_urdf(path).root == "wrist"


def test_a_hand_alone_is_left_to_the_letter(tmp_path: Path):
    path = tmp_path / "both.urdf"
    path.write_text(ARM)
    assert only_below(ARM, load_urdf(path), "base") is ARM


def test_a_hand_cut_from_a_robot_moves_as_it_did_there(tmp_path: Path):
    name = "g1_29dof_rev_1_0_with_inspire_hand_DFQ.urdf"
    draft = draft_hand(
        shared_path(f"hardware/urdf/g1/unitree_ros/{name}"), Answers(side=Side.RIGHT)
    )
    hand = packaged(draft, "acme_g1")
    assert "Only what hangs on `R_hand_base_link` is kept" in " ".join(hand.edits)
    path = tmp_path / "cut.urdf"
    path.write_text(hand.text)
    assert load_urdf(path).root == "R_hand_base_link"
    assert not any(name.startswith("L_") for name in load_urdf(path).links)
    fields = {name: getattr(hand.spec, name) for name in HandSpec.model_fields}
    alone = HandSpec(**{**fields, "urdf": path})
    qpos = np.random.default_rng(3).uniform(*alone.limits, (20, len(alone.joints)))
    np.testing.assert_allclose(
        hand_kinematics(alone).tips(qpos), hand_kinematics(hand.spec).tips(qpos), atol=1e-12
    )
