"""Every fault of a URDF is refused, with what is wrong, where, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_hand import small_urdf
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import load_urdf
from xlvla_sdk.specs.urdf_file import parse_urdf

FIXED = '<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/></joint>'
MESH = '<visual><geometry><mesh filename="{file}"/></geometry></visual>'


def refusal(text: str | bytes) -> str:
    with pytest.raises(SpecError) as refused:
        parse_urdf(text, "hand.urdf")
    assert refused.value.message.startswith("hand.urdf: ")
    return refused.value.message


def changed(old: str, new: str) -> str:
    assert old in small_urdf()
    return small_urdf().replace(old, new, 1)


def added(*elements: str) -> str:
    return small_urdf().replace("</robot>", "".join(elements) + "</robot>")


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("hello", "is not well-formed XML", "Write or export the URDF again"),
        (small_urdf()[:600], "is not well-formed XML", "Write or export the URDF again"),
        (b'<?xml version="1.0" encoding="no"?><robot/>', "unknown encoding", "export"),
        (b'<?xml version="1.0" encoding="gbk"?><robot/>', "multi-byte encodings", "export"),
        ("<mujoco/>", "the root element is <mujoco>, a URDF's is <robot>", "convert other formats"),
        ("<robot/>", "has no links", "Describe at least the palm"),
        (changed('<link name="palm"/>', "<link/>"), "a <link> has no name", "Give it one"),
        (added('<link name="palm"/>'), "two links are called 'palm'", "Rename one"),
        (
            added(FIXED.format(name="thumb_yaw", parent="palm", child="thumb")),
            "two joints are called 'thumb_yaw'",
            "Rename one",
        ),
        (added('<link name="stray"/>'), "has 2 roots (palm, stray)", "Join them with fixed joints"),
        (
            added(FIXED.format(name="again", parent="palm", child="thumb")),
            "link 'thumb' hangs on two joints, 'thumb_yaw' and 'again'",
            "Remove one",
        ),
        (
            added(FIXED.format(name="back", parent="index_tip", child="palm")),
            "the links form a cycle",
            "Remove the joint that leads back to the root",
        ),
        (
            added(
                '<link name="a"/><link name="b"/>',
                FIXED.format(name="ab", parent="a", child="b"),
                FIXED.format(name="ba", parent="b", child="a"),
            ),
            "link 'a' hangs in a cycle through 'a'",
            "Remove the joint 'ba'",
        ),
        (
            changed('<mimic joint="index_bend"', '<mimic joint="index_curl"'),
            "mimic joints form a cycle: index_curl -> index_curl",
            "take its <mimic> out",
        ),
        (
            changed('<mimic joint="index_bend"', '<mimic joint="index_flex"'),
            "joint 'index_curl' mimics 'index_flex', which is not in the URDF",
            "Near it: 'index_bend'",
        ),
        (
            changed('<mimic joint="index_bend"', '<mimic joint="index_end"'),
            "joint 'index_curl' mimics 'index_end', which is fixed",
            "Name a joint that moves",
        ),
        (
            changed('<mimic joint="index_bend"', "<mimic"),
            "joint 'index_curl': <mimic> names no joint",
            "Give it joint=",
        ),
        (
            changed('name="thumb_yaw" type="revolute"', 'name="thumb_yaw" type="floating"'),
            "joint 'thumb_yaw' is of type 'floating'",
            "Known: revolute, continuous, prismatic, fixed",
        ),
        (
            changed('<child link="thumb"/>', '<child link="thumb_base"/>'),
            "joint 'thumb_yaw' has child link 'thumb_base', which does not exist",
            "Near it: 'thumb', 'thumb_tip'",
        ),
        (
            changed('<parent link="palm"/>', ""),
            "joint 'thumb_yaw' has parent link 'None'",
            "There are: 'palm'",
        ),
        (changed('xyz="0 1 0"', 'xyz="0 0 0"'), "'thumb_yaw': its axis is 0", "direction"),
        (changed('xyz="0 1 0"', 'xyz="0 1"'), "'thumb_yaw': axis: '0 1' is not 3", "Mend it"),
        (changed('upper="1.2"', 'upper="nan"'), "limit upper: 'nan' is not 1 finite", "Mend it"),
        (changed('upper="1.2"', 'upper="inf"'), "limit upper: 'inf' is not 1 finite", "Mend it"),
        (changed('upper="1.2"', 'upper="wide"'), "limit upper: 'wide' is not 1 number", "Mend it"),
        (changed('xyz="0 0 0.09"', 'xyz="0 0 nan"'), "'index_bend': origin xyz: '0 0 nan'", "Mend"),
        (
            changed('multiplier="0.9"', 'multiplier="nan"'),
            "'index_curl': mimic multiplier: 'nan'",
            "Mend it",
        ),
        (
            changed('<link name="palm"/>', '<link name="palm"><inertial/></link>'),
            "link 'palm': <inertial> needs both <mass> and <inertia>",
            "Add what lacks",
        ),
        (
            changed('<link name="palm"/>', '<link name="palm"><visual/></link>'),
            "link 'palm': visual: has no geometry",
            "Add <geometry>",
        ),
        (
            changed(
                '<link name="palm"/>',
                '<link name="palm"><visual><geometry><cone/></geometry></visual></link>',
            ),
            "link 'palm': visual: shape <cone> is unknown",
            "box, cylinder, sphere or mesh",
        ),
    ],
)
def test_a_fault_is_refused_with_its_place_and_its_mend(text: str | bytes, what: str, mend: str):
    message = refusal(text)
    assert what in message
    assert mend in message.split(what)[1]


def test_a_longer_mimic_cycle_is_named_in_full():
    text = changed('<limit lower="0" upper="1.5" velocity="5" effort="1"/>', "{limit}")
    text = text.replace("{limit}", '<limit lower="0" upper="1.5"/><mimic joint="index_curl"/>', 1)
    assert "index_bend -> index_curl -> index_bend" in refusal(text)


def test_an_empty_file_is_refused(tmp_path: Path):
    path = tmp_path / "empty.urdf"
    path.write_text(" \n")
    with pytest.raises(SpecError, match=r"empty\.urdf: the file is empty\. Write or export"):
        load_urdf(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(SpecError, match=r"none\.urdf: cannot be read \(No such file"):
        load_urdf(tmp_path / "none.urdf")
    with pytest.raises(SpecError, match="cannot be read"):
        load_urdf(str(tmp_path))


def test_meshes_that_are_not_there_are_listed(tmp_path: Path):
    (tmp_path / "there.stl").touch()
    shapes = [MESH.format(file=name) for name in ("there.stl", "a/gone.stl", "package://b/far.stl")]
    path = tmp_path / "hand.urdf"
    path.write_text(changed('<link name="palm"/>', f'<link name="palm">{"".join(shapes)}</link>'))
    assert load_urdf(path).missing_meshes() == ("a/gone.stl", "package://b/far.stl")


def test_the_files_order_and_names_are_kept():
    model = parse_urdf(small_urdf())
    names = ("thumb_yaw", "thumb_end", "index_bend", "index_curl", "index_end")
    assert tuple(model.joints) == names
    assert model.root == "palm"
    assert [joint.name for joint in model.path("palm", "index_tip")] == list(names[2:])


def test_an_axis_is_made_a_direction_and_a_missing_one_is_x():
    model = parse_urdf(changed('<axis xyz="0 1 0"/>', '<axis xyz="0 3 4"/>'))
    np.testing.assert_allclose(model.joints["thumb_yaw"].axis, [0.0, 0.6, 0.8])
    model = parse_urdf(changed('<axis xyz="0 1 0"/>', ""))
    np.testing.assert_array_equal(model.joints["thumb_yaw"].axis, [1.0, 0.0, 0.0])


def test_inertias_shapes_and_colours_are_read():
    body = (
        '<inertial><origin xyz="0 0 1"/><mass value="2"/><inertia ixx="1" ixy="0.1" ixz="0.2" '
        'iyy="3" iyz="0.3" izz="5"/></inertial>'
        '<visual><geometry><box size="1 2 3"/></geometry><material name="red"/></visual>'
        '<collision><origin xyz="0 1 0"/><geometry><cylinder radius="1" length="2"/></geometry>'
        '</collision><collision><geometry><sphere radius="4"/></geometry></collision>'
    )
    text = changed('<link name="palm"/>', f'<link name="palm">{body}</link>')
    red = '<material name="red"><color rgba="1 0 0 1"/></material>'
    link = parse_urdf(text.replace("</robot>", f"{red}</robot>")).links["palm"]
    assert link.inertial is not None
    assert link.inertial.mass == 2.0
    np.testing.assert_array_equal(
        link.inertial.inertia, [[1, 0.1, 0.2], [0.1, 3, 0.3], [0.2, 0.3, 5]]
    )
    np.testing.assert_array_equal(link.inertial.T_link_com[:3, 3], [0, 0, 1])
    assert (link.visuals[0].size, link.visuals[0].rgba) == ((1, 2, 3), (1, 0, 0, 1))
    assert [shape.size for shape in link.collisions] == [(1, 2), (4,)]
    assert [shape.kind for shape in link.collisions] == ["cylinder", "sphere"]
