"""Derivatives that are not the URDF's, and hands that do not mirror one another, are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.random_arm import random_arm
from tests.small_hand import small_hand, small_urdf
from xlvla_sdk.checks import motion
from xlvla_sdk.checks.motion import check_derivatives, check_mirror
from xlvla_sdk.kinematics import HandKinematics
from xlvla_sdk.specs import HandSpec, Side


def redone(spec: HandSpec, urdf: str) -> HandSpec:
    """The hand again, with another URDF."""
    Path(str(spec.urdf)).write_text(urdf)
    return HandSpec(**{name: getattr(spec, name) for name in HandSpec.model_fields})


def test_screws_agree_with_the_chain_of_transforms(tmp_path: Path):
    result = check_derivatives(small_hand(tmp_path))
    assert result.ok, result.text


def test_a_joint_that_moves_no_tip_is_named(tmp_path: Path):
    idle = (
        '<link name="spare"/><joint name="wiggle" type="revolute"><parent link="palm"/>'
        '<child link="spare"/><axis xyz="0 0 1"/><limit lower="0" upper="1" velocity="5"/></joint>'
    )
    spec = small_hand(tmp_path)
    urdf = small_urdf().replace("</robot>", idle + "</robot>")
    Path(str(spec.urdf)).write_text(urdf)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    result = check_derivatives(HandSpec(**{**fields, "joints": ()}))
    assert result.ok
    assert result.text.endswith("wiggle moves no tip")


def test_a_derivative_that_is_another_is_found_with_its_joint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    right = HandKinematics.tips_jacobian

    def wrong(self: HandKinematics, qpos: np.ndarray) -> np.ndarray:
        jacobian = right(self, qpos).copy()
        jacobian[..., 1] *= 1.01
        return jacobian

    monkeypatch.setattr(HandKinematics, "tips_jacobian", wrong)
    result = check_derivatives(small_hand(tmp_path))
    assert not result.ok
    assert "'index_bend'" in result.text
    assert "<mimic>" in str(result.mend)


def test_the_left_is_compared_with_the_mirrored_right(tmp_path: Path):
    right, left = (small_hand(tmp_path, side=side) for side in Side)
    assert check_mirror(right, left).ok
    bent = small_urdf(Side.LEFT).replace('xyz="0 0 0.04"', 'xyz="0 0.003 0.04"')
    result = check_mirror(right, redone(left, bent))
    assert not result.ok
    assert "left index's tip is 3.0 mm" in result.text


def test_a_thumb_that_deviates_has_to_be_declared_and_then_to_keep_to_it(tmp_path: Path):
    right, left = (small_hand(tmp_path, side=side) for side in Side)
    off = redone(left, small_urdf(Side.LEFT).replace("0.02 -0.03 0.03", "0.02 -0.034 0.03"))
    undeclared = check_mirror(right, off)
    assert not undeclared.ok
    assert "small = 0.0040" in str(undeclared.mend)
    assert check_mirror(right, off, 0.004).ok
    assert not check_mirror(right, off, 0.006).ok


def test_other_limits_and_other_joints_are_found(tmp_path: Path):
    right, left = (small_hand(tmp_path, side=side) for side in Side)
    narrow = redone(left, small_urdf(Side.LEFT).replace('upper="1.2"', 'upper="1.1"'))
    assert "'thumb_yaw' has limits that are 0.1 off" in check_mirror(right, narrow).text
    named = small_urdf(Side.LEFT).replace('"thumb_yaw"', '"thumb_turn"')
    Path(str(left.urdf)).write_text(named)
    fields = {name: getattr(left, name) for name in HandSpec.model_fields}
    other = HandSpec(**{**fields, "joints": (), "postures": {}})
    assert "other joints" in check_mirror(right, other).text


def test_arms_are_compared_too(tmp_path: Path):
    result = motion.check_derivatives(random_arm(tmp_path, 3))
    assert result.ok, result.text


@pytest.mark.parametrize("name", ["{}_thumb_yaw", "thumb_yaw_{}", "hand.{}.thumb_yaw"])
@pytest.mark.parametrize("sides", [("right", "left"), ("R", "L")])
def test_joints_may_be_named_for_their_side(tmp_path: Path, name: str, sides: tuple[str, str]):
    hands = []
    for side, word in zip(Side, sides, strict=True):
        plain = small_hand(tmp_path, side=side)
        said = {key: getattr(plain, key) for key in HandSpec.model_fields}
        urdf = small_urdf(side).replace('"thumb_yaw"', f'"{name.format(word)}"')
        Path(str(plain.urdf)).write_text(urdf)
        hands.append(HandSpec(**{**said, "joints": ()}))
    result = check_mirror(*hands)
    assert result.ok, result.text
