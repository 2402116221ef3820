"""Hands are found in their URDFs alone: every maker's that is known, and random ones."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bench.finding import counts, outcomes
from tests.registered import hands
from tests.scaffold.odd_hands import jaws, row, star
from tests.shared_data import SHARED, shared_path
from tests.small_hand import small_hand
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import hand_kinematics, link_pose
from xlvla_sdk.scaffold import Answers, HandDraft, draft_hand, draft_hands
from xlvla_sdk.specs import FINGERS, HandSpec, Side, load_urdf
from xlvla_sdk.specs.urdf_file import pose

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/acme_h11/xlvla_acme_h11/urdf"
URDFS = sorted(
    str(path.relative_to(SHARED)) for path in (SHARED / "hardware" / "urdf").rglob("*.urdf")
)
BARE = ("xarm7.urdf", "g1_29dof.urdf", "g1_29dof_rev_1_0.urdf")
"""Robots without hands."""
QUICK = (
    "ability_hand_left_small.urdf",
    "inspire_hand_left.urdf",
    "DFQ_right_hand.urdf",
    "dexh13_right.urdf",
    "allegro_hand_right.urdf",
    "leap_hand_right.urdf",
    "xarm7_xhand_left_hand.urdf",
)
"""One of every maker; the others take longer together than a quick test may."""
ALLEGRO = {"thumb": "12", "index": "0", "middle": "4", "ring": "8"}
"""First joint of each finger. Source: dexsuite/dex-retargeting, tip links of the Allegro hand."""
LEAP = {"thumb": "12", "index": "1", "middle": "5", "ring": "9"}
"""The same of the LEAP hand."""


def rotation(draft: HandDraft) -> np.ndarray:
    return pose(np.zeros(3), np.array(draft.palm_rpy))[:3, :3]


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Between two rotations [deg]."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1))))


def renumbered(source: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """The same robot with numbers for names, in a file that says nothing; number to joint."""
    root = ET.fromstring(source.read_bytes())
    names: dict[str, dict[str, str]] = {}
    for tag in ("link", "joint"):
        found = root.findall(tag)
        names[tag] = {str(e.get("name")): str(number) for number, e in enumerate(found)}
        for element in found:
            element.set("name", names[tag][str(element.get("name"))])
    for element in root.findall("joint"):
        for tag in element.findall("parent") + element.findall("child"):
            tag.set("link", names["link"][str(tag.get("link"))])
        for tag in element.findall("mimic"):
            tag.set("joint", names["joint"][str(tag.get("joint"))])
    for element in [e for e in root if e.tag not in ("link", "joint", "material")]:
        root.remove(element)
    root.set("name", "robot")
    path = folder / "robot.urdf"
    path.write_text(ET.tostring(root, encoding="unicode"))
    return path, {number: name for name, number in names["joint"].items()}


def true_finger(relative: str, joint: str) -> str:
    """The finger that a maker's joint is the first of, from its name or the table."""
    table = ALLEGRO if "allegro" in relative else LEAP if "leap" in relative else {}
    if table:
        number = re.sub(r"joint_|\.0", "", joint)
        return next(finger for finger, first in table.items() if first == number)
    words = {"mid": "middle", "little": "pinky", **{finger: finger for finger in FINGERS}}
    return next(finger for word, finger in words.items() if word in joint)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, id=spec.id, marks=[pytest.mark.slow] if spec.side is Side.LEFT else [])
        for spec in hands()
    ],
)
def test_every_registered_hand_is_found_as_its_maker_describes_it(spec: HandSpec):
    draft = draft_hand(Path(str(spec.urdf)))
    assert draft.questions == ()
    assert (draft.kind, draft.side, draft.wrist_link) == ("hand", spec.side, spec.wrist_link)
    assert (draft.joints, dict(draft.tip_links)) == (spec.joints, dict(spec.tip_links))
    assert angle(rotation(draft), spec.T_wrist_palm[:3, :3]) < 1e-4
    found = draft.spec(spec.name)
    tips = hand_kinematics(found).tips(found.posture("pinch"))
    assert np.linalg.norm(tips[0] - tips[1]) < 0.004
    assert list(draft.fingers) == list(spec.fingers)


@pytest.mark.parametrize("side", Side)
def test_the_example_is_found(side: Side):
    draft = draft_hand(EXAMPLE / f"acme_h11_{side}.urdf")
    assert draft.questions == ()
    assert draft.side is side
    assert {name: finger.joints[0].split("_")[0] for name, finger in draft.fingers.items()} == {
        name: name for name in FINGERS[:4]
    }
    assert angle(rotation(draft), np.eye(3)) < 1e-4
    assert draft.mimics["index_bend"] == "index_curl"


def test_robots_without_a_hand_are_refused():
    for name in ("xarm7/dexlatent/xarm7.urdf", "g1/unitree_ros/g1_29dof.urdf"):
        with pytest.raises(SpecError, match=r"no hand is found.*--wrist LINK"):
            draft_hands(shared_path(f"hardware/urdf/{name}"))


@pytest.mark.parametrize("relative", [path for path in URDFS if Path(path).name in QUICK])
def test_makers_hands_are_found_with_no_human(relative: str):
    check_makers_file(relative)


@pytest.mark.slow
@pytest.mark.parametrize(
    "relative", [path for path in URDFS if Path(path).name not in (*QUICK, *BARE)]
)
def test_every_other_makers_hand_is_found_with_no_human(relative: str):
    check_makers_file(relative)


def check_makers_file(relative: str) -> None:
    path = shared_path(relative)
    drafts = draft_hands(path)
    assert len(drafts) == (2 if relative.startswith("hardware/urdf/g1") else 1)
    for draft in drafts:
        check_maker(draft, relative)


def check_maker(draft: HandDraft, relative: str) -> None:
    assert draft.questions == ()
    for name, finger in draft.fingers.items():
        assert true_finger(relative, finger.joints[0]) == name
        assert finger.certainty > 0.9
        assert finger.reason
    said = [side for side in Side if re.search(rf"{side}|\b{side[0].upper()}_", relative)]
    if said:
        assert draft.side is said[0]
    else:
        assert draft.wrist_link.lower().startswith(draft.side[0])
    assert len(draft.arm_joints) == {"g1": 10, "xarm7": 7}.get(relative.split("/")[2], 0)
    count = 4 if any(word in relative for word in ("paxini", "pxdh13", "allegro", "leap")) else 5
    assert list(draft.fingers) == list(FINGERS[:count])
    spec = draft.spec("found")
    reach = np.linalg.norm(hand_kinematics(spec).tips(spec.posture("open")), axis=1)
    assert (reach > 0.05).all(), "tips are no knuckles"
    closed = hand_kinematics(spec).tips(spec.posture("fist")) - hand_kinematics(spec).tips(
        spec.posture("open")
    )
    assert (closed[1:, 2] < -0.01).all(), "a fist's tips come down"


DEXLATENT = {"ability": np.eye(3), "inspire": np.eye(3), "xhand": np.eye(3)}
"""Palm frames in the root links. Source: hardware/README.md, common frame convention."""


@pytest.mark.parametrize("device", [*DEXLATENT, "paxini"])
@pytest.mark.parametrize("side", Side)
def test_palm_frames_are_where_the_fact_sheets_have_them(device: str, side: Side):
    folder = shared_path(f"hardware/urdf/{device}/dexlatent")
    (path,) = folder.glob(f"*{side}*.urdf")
    turned = device == "paxini" and side is Side.LEFT  # faces -x, its index at +y
    wanted = np.diag([-1.0, -1.0, 1.0]) if turned else np.eye(3)
    assert angle(rotation(draft_hand(path)), wanted) < 1e-4


@pytest.mark.parametrize(
    "relative",
    [
        "ability/vendor/ability_hand_left_large.urdf",
        "paxini/leUr5/dexh13_right.urdf",
        "leap/leap_hand_right.urdf",
        pytest.param("inspire/unitree_ros/FTP_right_hand.urdf", marks=pytest.mark.slow),
        pytest.param("xhand/dexlatent/xhand_left.urdf", marks=pytest.mark.slow),
        pytest.param("xarm7/dexlatent/xarm7_inspire_left_hand.urdf", marks=pytest.mark.slow),
    ],
)
def test_geometry_alone_finds_what_names_say(relative: str, tmp_path: Path):
    path = shared_path(f"hardware/urdf/{relative}")
    named = draft_hand(path)
    bare, joints = renumbered(path, tmp_path)
    draft = draft_hand(bare)
    assert draft.questions == ()
    assert draft.side is named.side
    for name, finger in draft.fingers.items():
        assert tuple(joints[number] for number in finger.joints) == named.fingers[name].joints


def test_a_robot_with_two_hands_is_asked_about():
    name = "g1_29dof_rev_1_0_with_inspire_hand_DFQ.urdf"
    path = shared_path(f"hardware/urdf/g1/unitree_ros/{name}")
    draft = draft_hand(path)
    assert draft.questions[0].choices == ("right", "left")
    with pytest.raises(SpecError, match=r"Which hand.*--side SIDE; one of: right, left"):
        draft.spec("g1")
    chosen = draft_hand(path, Answers(side=Side.LEFT))
    assert chosen.questions == ()
    assert chosen.wrist_link == "L_hand_base_link"


@pytest.mark.slow
def test_ten_random_hands_are_right_or_asked_about():
    check_random(10)


@pytest.mark.slow
def test_five_hundred_random_hands_are_right_or_asked_about():
    check_random(500)


def check_random(count: int) -> None:
    found = outcomes(count)
    assert [each.faults for each in found if each.faults] == []
    assert [each.answered for each in found if each.answered] == []
    assert sum(bool(each.asked) for each in found) <= 0.1 * count, counts(found)


def test_names_against_geometry_are_asked_about(tmp_path: Path):
    text = (EXAMPLE / "acme_h11_right.urdf").read_text()
    swapped = text.replace("thumb", "x_x").replace("ring", "thumb").replace("x_x", "ring")
    path = tmp_path / "odd.urdf"
    path.write_text(swapped.replace("sthumb", "string"))
    draft = draft_hand(path)
    (question,) = draft.questions
    assert question.topic == "thumb"
    assert question.option == "--tip thumb=LINK"
    assert set(question.choices) == {"thumb_tip", "index_tip", "middle_tip", "ring_tip"}
    assert "Names say" in question.what
    with pytest.raises(SpecError, match=r"1 to be answered.*\n.*--tip thumb=LINK; one of: "):
        draft.spec("odd")
    again = draft_hand(path, Answers(tips={"thumb": "ring_tip"}))
    assert again.fingers["thumb"].tip_link == "ring_tip"
    assert again.fingers["thumb"].certainty == 1.0


def test_the_side_that_a_name_says_against_geometry_is_asked_about(tmp_path: Path):
    path = tmp_path / "hand_left.urdf"
    text = (EXAMPLE / "acme_h11_right.urdf").read_text()
    path.write_text(re.sub(r'<robot name="\w+"', '<robot name="hand"', text))
    (question,) = draft_hand(path).questions
    assert (question.topic, question.choices) == ("side", tuple(Side))
    assert draft_hand(path, Answers(side=Side.RIGHT)).questions == ()


def test_a_row_without_a_thumb_and_a_star_are_asked_about(tmp_path: Path):
    for path in (row(tmp_path, (0.03, 0.01, -0.01, -0.03)), star(tmp_path)):
        questions = draft_hand(path).questions
        assert questions, path.name
        assert questions[0].topic == "thumb"


def test_a_gap_where_a_finger_is_missing_is_asked_about(tmp_path: Path):
    text = (EXAMPLE / "acme_h11_right.urdf").read_text()
    wide = text.replace('xyz="0 -0.029 0.094"', 'xyz="0 -0.07 0.094"')
    assert wide != text
    path = tmp_path / "robot.urdf"
    path.write_text(wide)
    bare, _ = renumbered(path, tmp_path)
    (question,) = draft_hand(bare).questions
    assert "as if one were missing" in question.what
    tips = {name: finger.tip_link for name, finger in draft_hand(bare).fingers.items()}
    tips["pinky"] = tips.pop("ring")
    again = draft_hand(bare, Answers(tips=tips))
    assert again.questions == ()
    assert list(again.fingers) == ["thumb", "index", "middle", "pinky"]


@pytest.mark.parametrize("arm", [False, True])
def test_a_gripper_is_said_to_be_one(arm: bool, tmp_path: Path):
    draft = draft_hand(jaws(tmp_path, arm))
    assert draft.kind == "gripper"
    assert draft.questions == ()
    assert list(draft.fingers) == ["thumb", "index"]
    assert all(0.5 < finger.certainty < 0.7 for finger in draft.fingers.values())
    assert "two opposing tips" in draft.fingers["thumb"].reason
    assert draft.arm_joints == (("j1", "j2", "j3") if arm else ())
    spec = draft.spec("jaws")
    assert spec.joints == ("left_slide",)
    tips = hand_kinematics(spec).tips(np.stack([spec.posture("open"), spec.posture("fist")]))
    between = tips[:, 0] - tips[:, 1]
    np.testing.assert_allclose(between, [[0.08, 0, 0], [0, 0, 0]], atol=1e-9)


@pytest.mark.parametrize("side", Side)
def test_a_thumb_and_one_finger_are_a_hand(side: Side, tmp_path: Path):
    spec = small_hand(tmp_path, side=side)
    draft = draft_hand(Path(str(spec.urdf)))
    assert draft.kind == "hand"
    assert dict(draft.tip_links) == dict(spec.tip_links)


def test_a_wrist_that_is_named_is_taken(tmp_path: Path):
    path = jaws(tmp_path, arm=True)
    draft = draft_hand(path, Answers(wrist="lower"))
    assert (draft.wrist_link, draft.arm_joints) == ("lower", ("j1", "j2"))
    assert draft.spec("jaws").joints == ("j3", "left_slide")
    with pytest.raises(SpecError, match="wrist link 'nowhere' is not in the URDF"):
        draft_hand(path, Answers(wrist="nowhere"))


def test_what_answers_cannot_mean_is_refused():
    path = EXAMPLE / "acme_h11_right.urdf"
    with pytest.raises(SpecError, match="'toe' is no finger"):
        draft_hand(path, Answers(tips={"toe": "thumb_tip"}))
    with pytest.raises(SpecError, match="two fingers on the chain of 'thumb_distal'"):
        draft_hand(path, Answers(tips={"thumb": "thumb_tip", "index": "thumb_distal"}))


def test_tips_without_a_link_get_one_at_the_far_end(tmp_path: Path):
    path = row(tmp_path, (0.03, 0.0))
    tips = {"thumb": "f0_2", "index": "f1_2"}
    draft = draft_hand(path, Answers(side=Side.RIGHT, tips=tips))
    assert draft.added_links == ("thumb_tip", "index_tip")
    assert path.read_text().split("</robot>")[0].rstrip() in draft.urdf_text
    spec = draft.spec("row")
    place = link_pose(spec.model, spec.joints, spec.rest, "palm", "thumb_tip")[:3, 3]
    np.testing.assert_allclose(place, [0.0, 0.03, 0.16], atol=1e-9)
    written = tmp_path / "with_tips.urdf"
    written.write_text(draft.urdf_text)
    assert set(load_urdf(written).links) - set(load_urdf(path).links) == {"thumb_tip", "index_tip"}
