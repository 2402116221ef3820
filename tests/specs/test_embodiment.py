"""A body has one order for its whole qpos: right before left, the arm before the hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_hand import small_hand
from tests.specs.test_arm import arm
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import BodySide, Embodiment, Side


def test_the_whole_qpos_goes_side_by_side_arm_first(tmp_path: Path):
    right = small_hand(tmp_path)
    left = small_hand(tmp_path, side=Side.LEFT)
    body = Embodiment(
        name="body",
        sides=(
            BodySide(side=Side.RIGHT, arm=arm(tmp_path), hand=right),
            BodySide(side=Side.LEFT, hand=left),
        ),
    )
    names = [f"{side}_{joint}" for side in Side for joint in right.joints]
    assert body.joints == ("pan", "lift", *names)
    assert body.hands == (right, left)
    assert body.limits.upper.tolist() == [2.0, 0.4, 1.2, 1.5, 1.2, 1.5]
    columns = [(part.id, cut.start, cut.stop) for part, cut in body.slices()]
    assert columns == [("lifter", 0, 2), ("small:right", 2, 4), ("small:left", 4, 6)]


def test_a_name_that_would_stand_twice_has_its_side_or_its_device_before_it(tmp_path: Path):
    both = Embodiment(
        name="both",
        sides=tuple(
            BodySide(side=side, arm=arm(tmp_path), hand=small_hand(tmp_path, side=side))
            for side in Side
        ),
    )
    assert both.joints[:3] == ("right_pan", "right_lift", "right_thumb_yaw")
    assert both.joints[4:6] == ("left_pan", "left_lift")
    assert len(set(both.joints)) == len(both.joints) == 8
    urdf = tmp_path / "alike.urdf"
    urdf.write_text((tmp_path / "lifter.urdf").read_text().replace("pan", "thumb_yaw"))
    alike = arm(tmp_path, urdf=urdf, velocity=1.0)
    one = Embodiment(
        name="one", sides=(BodySide(side=Side.RIGHT, arm=alike, hand=small_hand(tmp_path)),)
    )
    assert one.joints == ("lifter_thumb_yaw", "lift", "small_thumb_yaw", "index_bend")


def test_sides_stand_right_first_and_once(tmp_path: Path):
    right, left = (
        BodySide(side=side, hand=small_hand(tmp_path, side=side))
        for side in (Side.RIGHT, Side.LEFT)
    )
    for sides in [(left, right), (right, right), ()]:
        with pytest.raises(SpecError, match="body: sides must be right, left, or right then left"):
            Embodiment(name="body", sides=sides)


def test_a_side_without_anything_is_refused():
    with pytest.raises(SpecError, match="needs an arm, a hand, or both"):
        Embodiment(name="body", sides=(BodySide(side=Side.LEFT),))


def test_a_hand_of_the_other_side_is_refused(tmp_path: Path):
    side = BodySide(side=Side.LEFT, arm=arm(tmp_path), hand=small_hand(tmp_path))
    with pytest.raises(SpecError, match=r"small:right cannot stand on the left.*of that side"):
        Embodiment(name="body", sides=(side,))
