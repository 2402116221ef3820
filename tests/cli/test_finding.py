"""A hand given as a URDF and nothing else is found; what is not sure is refused with the option."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from xlvla_sdk.cli.finding import found_hand
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.scaffold import Answers
from xlvla_sdk.specs import HandSpec, Side
from xlvla_sdk.specs.saved import load_hand, save_hand

(URDF,) = (Path(__file__).resolve().parents[2] / "examples").glob("*/*/urdf/*_right.urdf")


def with_misleading_names(tmp_path: Path) -> Path:
    """Index and ring are called each other's names."""
    text = URDF.read_text().replace("index", "swapped").replace("ring", "index")
    path = tmp_path / "odd.urdf"
    path.write_text(text.replace("swapped", "ring").replace("stindex", "string"))
    return path


def without_tip_links(tmp_path: Path) -> Path:
    """The links of the tips are gone."""
    tree = ET.parse(URDF)
    root = tree.getroot()
    for part in [*root.findall("link"), *root.findall("joint")]:
        child = part.find("child")
        link = part.get("name", "") if child is None else child.get("link", "")
        if link.endswith("_tip"):
            root.remove(part)
    path = tmp_path / "blunt.urdf"
    tree.write(path)
    return path


def test_a_urdf_alone_is_enough_for_a_check(xlvla: Command):
    done = xlvla("check", "--urdf", URDF)
    assert done.code == 0, done.out
    assert "4: thumb index middle ring" in done.out
    assert "a right hand, 11 joints" in done.err


def test_what_is_not_sure_is_refused_with_the_option_that_answers(xlvla: Command, tmp_path: Path):
    urdf = with_misleading_names(tmp_path)
    refused = xlvla("onboard", "--urdf", urdf)
    assert refused.code == 1
    assert "--tip index=" in refused.err
    answered = xlvla("check", "--urdf", urdf, "--tip", "index=ring_tip", "--tip", "ring=index_tip")
    assert answered.code == 0, answered.err
    assert "4: thumb index middle ring" in answered.out


def test_a_side_and_two_tips_are_taken_as_they_are(xlvla: Command):
    tips = ("--tip", "thumb=thumb_tip", "--tip", "middle=middle_tip")
    done = xlvla("check", "--urdf", URDF, "--side", "right", *tips)
    assert "2: thumb middle" in done.out
    assert "FOUND" not in done.err


def test_tips_that_have_no_link_are_kept_with_the_hand(tmp_path: Path):
    blunt = found_hand(without_tip_links(tmp_path), Answers(), "blunt", None)
    kept = load_hand(save_hand(blunt))
    assert kept.tip_links == blunt.tip_links
    assert kept.velocity == blunt.velocity
    assert np.array_equal(tips_at_rest(kept), tips_at_rest(blunt))


def tips_at_rest(hand: HandSpec) -> np.ndarray:
    """Of every finger, in the palm frame [m]."""
    return hand_kinematics(hand).tips(hand.rest)


@pytest.mark.parametrize(("given", "limit"), [(None, 6.0), (2.0, 2.0)])
def test_the_speed_is_the_urdfs_unless_another_is_given(given: float | None, limit: float):
    hand = found_hand(URDF, Answers(side=Side.RIGHT), "acme_h6", given)
    assert np.array_equal(hand.velocity_limits, np.full(11, limit))
