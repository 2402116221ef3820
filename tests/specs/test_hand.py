"""A hand that cannot stand is refused when it is described, not when it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_hand import TIPS, small_hand, small_urdf
from xlvla_sdk.errors import DataError, LimitViolation, SpecError
from xlvla_sdk.specs import HandSpec, Side, hand_from_urdf

JOINTS = ("thumb_yaw", "index_bend")


def hand(folder: Path, old: str = "", new: str = "", **fields: Any) -> HandSpec:
    """The small hand with a piece of its URDF, or fields of its spec, changed."""
    assert old in small_urdf()
    urdf = folder / "hand.urdf"
    urdf.write_text(small_urdf().replace(old, new, 1) if old else small_urdf())
    plain: dict[str, Any] = {
        "name": "small",
        "side": Side.RIGHT,
        "urdf": urdf,
        "wrist_link": "palm",
        "velocity": 5.0,
        "tip_links": TIPS,
        "source": "made up",
        "license": "Apache-2.0",
    }
    return HandSpec(**{**plain, **fields})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '<limit lower="0" upper="1.2" velocity="5" effort="1"/>',
            "",
            r"small:right: joint 'thumb_yaw' has no lower limit in .*hand.urdf. Give it <limit",
        ),
        ('upper="1.2" ', "", r"joint 'thumb_yaw' has no upper limit .* what the hardware accepts"),
        ('upper="1.2"', 'upper="0"', r"'thumb_yaw' has a range of zero .*\(0 to 0\). Mend its"),
        ('upper="1.2"', 'upper="-1"', r"'thumb_yaw' has a range of zero or less \(0 to -1\)"),
    ],
)
def test_a_joint_without_limits_is_refused(tmp_path: Path, old: str, new: str, said: str):
    with pytest.raises(SpecError, match=said):
        hand(tmp_path, old, new)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wrist_link": "wrist"}, r"wrist link 'wrist' is not in the URDF. There are: 'palm'"),
        (
            {"tip_links": {**TIPS, "index": "index_pad"}},
            r"tip link \(finger 'index'\) 'index_pad' is not in .* Near it: 'index_proximal'",
        ),
        ({"tip_links": {"thumb": "thumb_tip"}}, "needs a thumb and one finger more"),
        ({"tip_links": {"index": "index_tip", "middle": "thumb_tip"}}, "needs a thumb"),
        (
            {"tip_links": {**TIPS, "finger2": "index_tip"}},
            r"'finger2' is no finger. Fingers are thumb, index, middle, ring, pinky; leave out",
        ),
        (
            {"tip_links": {"thumb": "index_tip", "index": "index_tip"}},
            r"'index_tip' is named for thumb and for index. Give index its own link",
        ),
        ({"tip_links": {**TIPS, "index": "palm"}}, r"no joint moves 'palm' .*name the tip's own"),
        (
            {"wrist_link": "index_proximal"},
            r"'thumb_tip' does not hang below 'index_proximal'. Name a wrist link that carries",
        ),
        ({"joints": ("thumb_yaw", "index_flex")}, r"'index_flex' is not in .* Near it: 'index_b"),
        ({"joints": (*JOINTS, "index_curl")}, r"'index_curl' mimics another: leave it out"),
        ({"joints": (*JOINTS, "index_end")}, r"'index_end' is fixed: leave it out"),
        ({"joints": JOINTS[:1]}, r"joints index_bend are below 'palm' but not in `joints`"),
        ({"joints": JOINTS[::-1]}, r"must stand in the URDF's order: thumb_yaw, index_bend"),
        ({"joints": (*JOINTS, "index_bend")}, "must stand in the URDF's order"),
        ({"velocity": 0.0}, "velocity limits must be finite and above zero, not 0"),
        ({"velocity": float("nan")}, "velocity limits must be finite"),
        ({"velocity": {"thumb_yaw": 1.0}}, "`velocity` and `joints` differ in index_bend"),
        ({"velocity": "fast"}, r"small: velocity\..*valid number"),
        ({"postures": {"fist": {"index": 1.0}}}, "posture 'fist' names index, no actuated joint"),
        (
            {"postures": {"fist": {"index_bend": 1.6}}},
            r"posture 'fist': small:right: 'index_bend' is 1.6, outside \[0, 1.5\]",
        ),
        ({"postures": {"fist": {"index_bend": float("nan")}}}, r"'index_bend' is nan, outside"),
        ({"colour": "red"}, "small: colour: Extra inputs are not permitted"),
        ({"side": "up"}, "small: side: Input should be 'right' or 'left'"),
        ({"name": "../small"}, r"'\.\./small' is no name for a device.*Begin with a letter"),
        ({"name": "small hand"}, "is no name for a device"),
        ({"name": "arm+small:right"}, "is no name for a device"),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, fields: dict[str, Any], said: str):
    with pytest.raises(SpecError, match=said):
        hand(tmp_path, **fields)


def test_joints_are_those_below_the_wrist_in_the_files_order(tmp_path: Path):
    assert hand(tmp_path).joints == JOINTS
    whole = '<link name="mount"/><joint name="wrist" type="revolute"><parent link="mount"/>'
    whole += '<child link="palm"/></joint><link name="palm"/>'
    assert hand(tmp_path, '<link name="palm"/>', whole).joints == JOINTS


def test_a_joint_above_the_wrist_is_not_the_hands(tmp_path: Path):
    whole = '<link name="mount"/><joint name="wrist" type="revolute"><parent link="mount"/>'
    whole += '<child link="palm"/></joint><link name="palm"/>'
    with pytest.raises(SpecError, match="joint 'wrist' is not below 'palm': leave it out"):
        hand(tmp_path, '<link name="palm"/>', whole, joints=("wrist", *JOINTS))


def test_limits_are_the_urdfs_and_read_only(tmp_path: Path):
    lower, upper = hand(tmp_path).limits
    assert (lower.tolist(), upper.tolist()) == ([0.0, 0.0], [1.2, 1.5])
    with pytest.raises(ValueError, match="read-only"):
        upper[0] = 3.0


def test_rest_is_zero_or_the_limit_nearest_to_it(tmp_path: Path):
    spec = hand(tmp_path, 'lower="0" upper="1.2"', 'lower="0.3" upper="1.2"')
    assert spec.rest.tolist() == [0.3, 0.0]


def test_a_posture_names_some_joints_and_the_others_rest(tmp_path: Path):
    spec = hand(tmp_path, postures={"bent": {"index_bend": 1.0}})
    assert spec.posture("bent").tolist() == [0.0, 1.0]
    with pytest.raises(SpecError, match=r"no posture 'fist'. There are: bent"):
        spec.posture("fist")


def test_velocity_limits_stand_by_name_or_for_all(tmp_path: Path):
    assert hand(tmp_path).velocity_limits.tolist() == [5.0, 5.0]
    by_name = hand(tmp_path, velocity={"index_bend": 2.0, "thumb_yaw": 1.0})
    assert by_name.velocity_limits.tolist() == [1.0, 2.0]
    with pytest.raises(SpecError, match=r"no velocity limits.*Write `velocity` into the spec"):
        _ = hand(tmp_path, velocity=None).velocity_limits


def test_a_posture_outside_is_refused_by_joint_row_and_value(tmp_path: Path):
    spec = hand(tmp_path)
    rows = np.zeros((4, 2))
    rows[2, 1] = 1.62
    with pytest.raises(LimitViolation, match=r"is 1.62, outside \[0, 1.5\] \(row 2 of 4\)") as no:
        spec.check_limits(rows)
    assert (no.value.joint, no.value.row, no.value.value) == ("index_bend", 2, 1.62)
    spec.check_limits(np.array([1.2049, -0.0049]))
    spec.check_limits(np.zeros((0, 2)))
    with pytest.raises(LimitViolation, match="'thumb_yaw' is nan"):
        spec.check_limits(np.array([np.nan, 0.0]))


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1)])
def test_rows_of_another_width_are_refused_and_not_folded(tmp_path: Path, shape: tuple[int, ...]):
    with pytest.raises(DataError, match=r"no rows of its 2 joints.*order: thumb_yaw, index_bend"):
        hand(tmp_path).check_limits(np.zeros(shape))


def test_specs_that_say_the_same_are_equal_and_frozen(tmp_path: Path):
    spec = small_hand(tmp_path)
    assert spec.id == "small:right"
    assert spec == small_hand(tmp_path)
    assert hash(spec) == hash(small_hand(tmp_path))
    assert spec != hand(tmp_path)
    with pytest.raises(Exception, match="frozen"):
        spec.name = "other"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_hand_needs_a_urdf_and_its_tips_alone(tmp_path: Path):
    urdf = Path(str(small_hand(tmp_path).urdf))
    spec = hand_from_urdf(urdf, Side.RIGHT, TIPS, "bare")
    assert (spec.wrist_link, spec.velocity, spec.license) == ("palm", None, "not stated")
    assert spec.joints == JOINTS
    assert hand_from_urdf(str(urdf), Side.LEFT, TIPS, "bare", velocity=2.0).velocity == 2.0
