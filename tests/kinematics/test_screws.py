"""Two hands are the same when their tips move the same, however their links are laid out."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.claw_hand import claw_hand, claw_urdf
from tests.random_hand import random_hand, random_qpos
from tests.registered import hands
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics, shared_kinematics
from xlvla_sdk.specs import HandSpec, Side

MIRROR = np.array([1.0, -1.0, 1.0])


def relaid(spec: HandSpec, folder: Path) -> HandSpec:
    """The same hand with every link renamed, and a fixed joint before and after each joint."""
    robot = ET.fromstring(Path(str(spec.urdf)).read_bytes())
    for link in robot.findall("link"):
        link.set("name", f"part_{link.get('name')}")
    for joint in robot.findall("joint"):
        ends = {end: joint.find(end) for end in ("parent", "child")}
        for end, tag in ends.items():
            assert tag is not None
            link, between = f"part_{tag.get('link')}", f"{end}_of_{joint.get('name')}"
            tag.set("link", between)
            origin = joint.find("origin") if end == "parent" else None
            fixed = ET.SubElement(robot, "joint", name=f"{between}_fixed", type="fixed")
            if origin is not None:
                joint.remove(origin)
                fixed.append(origin)
            first, last = (link, between) if end == "parent" else (between, link)
            ET.SubElement(fixed, "parent", link=first)
            ET.SubElement(fixed, "child", link=last)
            ET.SubElement(robot, "link", name=between)
    return from_text(spec, folder, ET.tostring(robot, encoding="unicode"), "part_")


def from_text(spec: HandSpec, folder: Path, text: str, prefix: str = "") -> HandSpec:
    path = folder / "changed.urdf"
    path.write_text(text)
    changed = {
        "urdf": path,
        "joints": (),
        "wrist_link": prefix + spec.wrist_link,
        "tip_links": {finger: prefix + link for finger, link in spec.tip_links.items()},
    }
    return HandSpec(**{**{name: getattr(spec, name) for name in HandSpec.model_fields}, **changed})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hands")


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_the_layout_of_links_changes_neither_hash_nor_hand(folder: Path, spec: HandSpec):
    plain, other = hand_kinematics(spec), hand_kinematics(relaid(spec, folder))
    assert other.difference(plain) is None
    assert other.hash == plain.hash


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_layout_of_links_does_not_change_any_hand(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    assert hand_kinematics(relaid(spec, folder)).difference(hand_kinematics(spec)) is None


def test_a_joint_may_be_placed_anywhere_along_its_axis(folder: Path):
    spec = claw_hand(folder)
    text = claw_urdf().replace('xyz="0.05 0.01 0.02"', 'xyz="0.08 0.01 0.02"')
    text = text.replace('xyz="0 0 0.03"', 'xyz="-0.03 0 0.03"')
    assert hand_kinematics(from_text(spec, folder, text)).hash == hand_kinematics(spec).hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('upper="0.8"', 'upper="0.80000001"', "'thumb_bend' upper limit: 0.8 then, 0.80000001 now"),
        ('lower="-0.7"', 'lower="-0.70000001"', "'thumb_roll' lower limit"),
        ('multiplier="0.8"', 'multiplier="0.80000001"', "geometry of the index"),
        ('multiplier="0.8"', 'multiplier="0.8" offset="0.00000001"', "geometry of the index"),
        ('xyz="0 0 0.05"', 'xyz="0 0 0.050001"', "geometry of the thumb"),
        ('xyz="0 0.025 0.06"', 'xyz="0 0.025001 0.06"', "geometry of the index"),
        ('xyz="0 -1 0"', 'xyz="0.00001 -1 0"', "geometry of the thumb"),
        ('"thumb_bend"', '"thumb_flex"', "joints: thumb_roll, thumb_bend"),
    ],
)
def test_what_moves_a_tip_makes_another_hand(folder: Path, old: str, new: str, said: str):
    plain = hand_kinematics(claw_hand(folder))
    other = hand_kinematics(from_text(claw_hand(folder), folder, claw_urdf().replace(old, new)))
    assert said in str(other.difference(plain))
    assert other.hash != plain.hash


def test_less_than_a_billionth_is_the_same_hand(folder: Path):
    kinematics = hand_kinematics(claw_hand(folder))
    assert replace(kinematics, upper=kinematics.upper + 1e-10).difference(kinematics) is None


@pytest.mark.parametrize("field", [{"palm_xyz": (0.0, 0.0, 1e-6)}, {"palm_rpy": (1e-6, 0.0, 0.0)}])
def test_another_palm_frame_makes_another_hand(folder: Path, field: dict[str, object]):
    spec = claw_hand(folder)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    other = hand_kinematics(HandSpec(**{**fields, **field}))
    assert "geometry of the thumb" in str(other.difference(hand_kinematics(spec)))


def test_a_finger_more_makes_another_hand(folder: Path):
    whole = hand_kinematics(claw_hand(folder))
    less = replace(whole, fingers=whole.fingers[:2])
    assert less.difference(whole) == "fingers: thumb, index, middle then, thumb, index now"


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_a_left_hand_is_seen_in_a_mirror(spec: HandSpec):
    qpos = random_qpos(spec, 3, 50)
    own, shared = hand_kinematics(spec), shared_kinematics(spec)
    mirror = MIRROR if spec.side is Side.LEFT else np.ones(3)
    np.testing.assert_allclose(shared.tips(qpos), own.tips(qpos) * mirror, rtol=0, atol=1e-14)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_mirror_shows_every_tip_and_itself_back(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    qpos, kinematics = random_qpos(spec, seed, 4), hand_kinematics(spec)
    seen = kinematics.mirrored()
    np.testing.assert_allclose(seen.tips(qpos), kinematics.tips(qpos) * MIRROR, atol=1e-13)
    assert seen.mirrored().difference(kinematics) is None


def test_a_hand_and_its_mirror_image_share_one_kinematics(folder: Path):
    right, left = claw_hand(folder), claw_hand(folder, side=Side.LEFT)
    assert shared_kinematics(left).difference(shared_kinematics(right)) is None
    assert hand_kinematics(left).difference(hand_kinematics(right)) is not None


def through_text(kinematics: HandKinematics) -> HandKinematics:
    return HandKinematics.from_json(json.loads(json.dumps(kinematics.to_json())))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_plain_data_keeps_every_bit(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    kinematics = hand_kinematics(spec)
    again = through_text(kinematics)
    qpos = random_qpos(spec, seed, 4)
    assert again.to_json() == kinematics.to_json()
    assert again.hash == kinematics.hash
    assert np.array_equal(again.tips(qpos), kinematics.tips(qpos))


@pytest.mark.parametrize("round_trip", [through_text, HandKinematics.mirrored])
def test_zero_has_no_sign_in_a_hash(
    folder: Path, round_trip: Callable[[HandKinematics], HandKinematics]
):
    kinematics = hand_kinematics(claw_hand(folder))
    negative = replace(kinematics, lower=np.where(kinematics.lower == 0, -0.0, kinematics.lower))
    assert round_trip(negative).hash == round_trip(kinematics).hash


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_jacobian_of_any_tree_is_its_finite_differences(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    qpos, kinematics, small = random_qpos(spec, seed, 2), hand_kinematics(spec), 1e-6
    jacobian = kinematics.tips_jacobian(qpos)
    for joint, step in enumerate(small * np.eye(len(spec.joints))):
        slope = (kinematics.tips(qpos + step) - kinematics.tips(qpos - step)) / (2 * small)
        np.testing.assert_allclose(jacobian[..., joint], slope, atol=1e-8)


def test_a_finger_that_follows_a_joint_of_another_body_is_refused(folder: Path):
    text = claw_urdf().replace(
        '<link name="palm"/>',
        '<link name="mount"/><link name="palm"/><joint name="wrist" type="revolute">'
        '<parent link="mount"/><child link="palm"/><limit lower="-1" upper="1"/></joint>',
    )
    text = text.replace('<mimic joint="index_bend"', '<mimic joint="wrist"')
    spec = from_text(claw_hand(folder), folder, text)
    with pytest.raises(SpecError, match=r"'index_curl' of the index follows a joint"):
        hand_kinematics(spec)
