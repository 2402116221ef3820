"""A hand that is described wrongly is told from a good one, and what is wrong is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.shared_data import shared_path
from tests.small_hand import small_hand
from xlvla_sdk import HandSpec, Side, hand_from_urdf
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.description import Workspace, _turns, check_description


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> HandSpec:
    return claw_hand(tmp_path_factory.mktemp("new"), "new", length=0.045)


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory) -> list[HandKinematics]:
    folder = tmp_path_factory.mktemp("founding")
    hands = (claw_hand(folder), claw_hand(folder, "long", length=0.055))
    return [shared_kinematics(hand) for hand in hands]


def turned(hand: HandKinematics, turn: np.ndarray) -> HandKinematics:
    """The hand in a palm frame that is turned, or mirrored."""
    sign = np.linalg.det(turn)

    def finger(one):
        screws = tuple(
            replace(s, axis=turn @ s.axis * (1.0 if s.prismatic else sign), point=turn @ s.point)
            for s in one.screws
        )
        return replace(one, tip=turn @ one.tip, screws=screws)

    return replace(hand, fingers=tuple(finger(one) for one in hand.fingers))


def test_a_hand_that_is_described_well_is_not_blamed(new: HandSpec, founding: list[HandKinematics]):
    assert check_description(shared_kinematics(new), founding) == ()


@pytest.mark.parametrize(
    ("turn", "mend"),
    [
        ([[0, -1, 0], [1, 0, 0], [0, 0, 1]], "turned by 90 degrees about z,"),
        ([[1, 0, 0], [0, 0, -1], [0, 1, 0]], "turned by 90 degrees about x,"),
        ([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], "turned by 180 degrees about z,"),
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], "turned by 120 degrees,"),
    ],
)
def test_a_turned_palm_frame_is_named_with_how_it_is_mended(
    new: HandSpec, founding: list[HandKinematics], turn: list[list[int]], mend: str
):
    (finding,) = check_description(turned(shared_kinematics(new), np.array(turn)), founding)
    assert (finding.cause, finding.fingers) == ("wrong palm frame", ("thumb", "index", "middle"))
    assert finding.said.startswith(mend)
    assert "palm_rpy" in finding.said


def test_a_mirrored_hand_is_of_the_other_side(new: HandSpec):
    mine = shared_kinematics(new)
    (finding,) = check_description(mine.mirrored(), [mine])
    assert finding.said.startswith("mirrored, the hand would come within 0 mm ")


def test_there_are_48_turns_and_the_first_changes_nothing():
    turns = _turns()
    assert len({tuple(turn.flatten().tolist()) for turn in turns}) == 48
    assert np.array_equal(turns[0], np.eye(3))
    assert all(np.array_equal(turn @ turn.T, np.eye(3)) for turn in turns)


def test_a_tip_that_is_at_the_knuckle_is_named(new: HandSpec, founding: list[HandKinematics]):
    wrong = new.model_copy(update={"tip_links": {**new.tip_links, "index": "index_bend"}})
    (finding,) = check_description(shared_kinematics(wrong), founding)
    assert (finding.cause, finding.fingers) == ("wrong tip", ("index",))
    assert (
        "its tip is 0 mm from the joint that moves it most, those of founding hands 90 to 95;"
        in finding.said
    )
    assert "tip_links names the link at the end of the index" in finding.said


def test_a_tip_far_from_where_others_go_is_named(new: HandSpec, founding: list[HandKinematics]):
    hand = shared_kinematics(new)
    thumb, index, middle = hand.fingers
    away = np.array([0.0, 0.15, 0.0])
    screws = tuple(replace(screw, point=screw.point + away) for screw in index.screws)
    beside = replace(index, tip=index.tip + away, screws=screws)
    findings = check_description(replace(hand, fingers=(thumb, beside, middle)), founding)
    assert [(f.cause, f.fingers) for f in findings] == [("wrong tip", ("index",))]
    assert "mm from where those of founding hands go" in findings[0].said


def test_a_hand_that_shares_no_finger_is_not_blamed(tmp_path: Path, founding: list[HandKinematics]):
    hand = shared_kinematics(small_hand(tmp_path))
    thumb, index = hand.fingers
    pinky = replace(hand, fingers=(thumb, replace(index, name="pinky")))
    assert check_description(pinky, founding) == ()


def test_a_wrong_tip_does_not_hide_a_wrong_palm_frame(
    new: HandSpec, founding: list[HandKinematics]
):
    wrong = new.model_copy(update={"tip_links": {**new.tip_links, "index": "index_bend"}})
    turn = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]])
    findings = check_description(turned(shared_kinematics(wrong), turn), founding)
    assert [finding.cause for finding in findings] == ["wrong tip", "wrong palm frame"]


def test_postures_are_always_the_same(new: HandSpec):
    one, other = (Workspace.of(shared_kinematics(new)) for _ in range(2))
    assert one.vectors.equal(other.vectors)
    assert one.has.tolist() == [True, True, False, False]


ALLEGRO = {"thumb": "link_15.0_tip", "index": "link_3.0_tip", "middle": "link_7.0_tip"}
ALLEGRO |= {"ring": "link_11.0_tip"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"index": "link_1.0"}, [("wrong tip", ("index",))]),
        ({"index": ALLEGRO["ring"], "ring": ALLEGRO["index"]}, [("wrong tip", ("index", "ring"))]),
    ],
)
def test_a_real_hand_is_told_from_one_with_wrong_tip_links(
    change: dict[str, str], expected: list[tuple[str, tuple[str, ...]]]
):
    from bench.paper_hands import founding_hands

    urdf = shared_path("hardware/urdf/allegro/allegro_hand_right.urdf")
    spec = hand_from_urdf(urdf, Side.RIGHT, {**ALLEGRO, **change}, "allegro")
    known = [shared_kinematics(hand) for hand in founding_hands()]
    found = check_description(shared_kinematics(spec), known)
    assert [(finding.cause, finding.fingers) for finding in found] == expected
