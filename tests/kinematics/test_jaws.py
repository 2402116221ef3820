"""The palm of a gripper: its tips open along x, thumb before the palm, and point along z."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.gripper_hand import gripper_hand, trident_hand
from tests.small_hand import small_hand
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import find_palm, hand_kinematics, with_palm_found
from xlvla_sdk.kinematics.jaws import jaw_frame
from xlvla_sdk.specs import HandSpec

SWAPPED = {"thumb": "right_pad", "index": "left_pad"}


@pytest.mark.parametrize("tips", [None, SWAPPED])
@pytest.mark.parametrize("follows", [True, False])
def test_jaws_open_with_the_thumb_before_the_palm(
    tmp_path: Path, tips: dict[str, str] | None, follows: bool
):
    kinematics = hand_kinematics(with_palm_found(gripper_hand(tmp_path, tips, follows)))
    np.testing.assert_allclose(kinematics.deltas(kinematics.upper)[0], [0.09, 0, 0], atol=1e-9)
    np.testing.assert_allclose(kinematics.deltas(kinematics.lower)[0], 0.0, atol=1e-9)
    assert (kinematics.tips(kinematics.upper)[:, 2] > 0.1).all()


def test_jaws_that_turn_in_one_plane_are_a_gripper_too(tmp_path: Path):
    text = gripper_hand(tmp_path).urdf.read_text()
    assert text.count('<axis xyz="1 0 0"/>') == 2
    hand = gripper_hand(tmp_path)
    turned = text.replace("prismatic", "revolute").replace('<axis xyz="1 0 0"', '<axis xyz="0 1 0"')
    (tmp_path / "jaws.urdf").write_text(turned.replace('upper="0.045"', 'upper="0.9"'))
    kinematics = hand_kinematics(with_palm_found(again(hand)))
    apart = kinematics.deltas(kinematics.upper)[0]
    assert apart[0] == pytest.approx(2 * 0.05 * np.sin(0.9))
    np.testing.assert_allclose(apart[1:], 0.0, atol=1e-9)


def test_the_frame_does_not_depend_on_how_the_base_lies(tmp_path: Path):
    hand = gripper_hand(tmp_path)
    kinematics = hand_kinematics(hand)
    angle = 0.4
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    text = hand.urdf.read_text().replace('rpy="0 0 0.0"', f'rpy="{angle} 0 0"')
    text = text.replace('xyz="0 0 0.07"', f'xyz="0 {-0.07 * np.sin(angle)} {0.07 * np.cos(angle)}"')
    text = text.replace(f'rpy="0 0 {np.pi}"', f'rpy="{-angle} 0 {np.pi}"')
    (tmp_path / "jaws.urdf").write_text(text)
    tilted = hand_kinematics(again(hand))
    frame, before = jaw_frame(tilted, "jaws"), jaw_frame(kinematics, "jaws")
    assert frame is not None
    assert before is not None
    np.testing.assert_allclose(frame, turn @ before, atol=1e-6)
    assert np.linalg.det(frame) == pytest.approx(1.0)


def test_a_thumb_beside_its_finger_is_no_gripper(tmp_path: Path):
    assert jaw_frame(hand_kinematics(small_hand(tmp_path)), "small") is None
    assert jaw_frame(hand_kinematics(trident_hand(tmp_path)), "trident") is None


def test_jaws_beside_the_wrist_are_asked_about(tmp_path: Path):
    hand = gripper_hand(tmp_path)
    text = hand.urdf.read_text().replace("0 0 0.07", "0 0 0").replace("0 0 0.05", "0 0 0")
    (tmp_path / "jaws.urdf").write_text(text)
    with pytest.raises(SpecError, match="jaws:right: its two tips stand beside the wrist"):
        find_palm(again(hand))


def again(hand: HandSpec) -> HandSpec:
    """The hand, described anew from its URDF as it is now."""
    return HandSpec(**{name: getattr(hand, name) for name in HandSpec.model_fields})


def test_a_hand_of_three_like_fingers_has_a_palm(tmp_path: Path):
    kinematics = hand_kinematics(with_palm_found(trident_hand(tmp_path)))
    open_ = kinematics.deltas(kinematics.lower)
    assert (open_[:2, 0] > 0.1).all()
    assert open_[0, 1] < 0 < open_[1, 1]
    turns = hand_kinematics(gripper_hand(tmp_path)).turns, kinematics.turns
    assert [list(joints) for joints in turns] == [[False], [True] * 6]
