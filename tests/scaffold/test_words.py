"""What names say, and what they do not."""

from __future__ import annotations

import pytest

from xlvla_sdk.scaffold.words import finger_names, says_tip, side_named
from xlvla_sdk.specs import Side


def test_the_finger_that_most_names_of_a_chain_say_counts():
    chains = [
        ["thumb_base", "thumb_middle"],
        ["index_proximal", "index_middle", "index_distal"],
        ["R_middle_proximal", "middle_middle"],
        ["right_hand_mid_joint1"],
    ]
    assert finger_names(chains) == ("thumb", "index", None, None), "two claim the middle"
    assert finger_names(chains[:3]) == ("thumb", "index", "middle")


def test_initials_count_where_several_chains_have_them():
    assert finger_names([["FFJ3"], ["joint"]]) == (None, None)
    assert finger_names([["rh_FF_distal"], ["rh_TH_distal"]]) == ("index", "thumb")


@pytest.mark.parametrize("name", ["0", "link_3.0", "part7", "mcp_joint_2", "fingertip"])
def test_numbers_and_phalanges_name_no_finger(name: str):
    assert finger_names([[name], ["1"]]) == (None, None)


@pytest.mark.parametrize(
    ("names", "side"),
    [
        (["right_palm", "right_thumb"], Side.RIGHT),
        (["L_hand_base_link", "palm"], Side.LEFT),
        (["lh_palm"], Side.LEFT),
        (["index_L1", "thumb_L2", "L1"], None),
        (["left_finger", "right_finger"], None),
        (["palm"], None),
    ],
)
def test_sides_are_read_where_names_agree(names: list[str], side: Side | None):
    assert side_named(names) is side


def test_tips_are_named_in_many_ways():
    said = ["index_tip_head", "link_3.0_tip", "rotaTip", "fingertip", "left_hand_thumb_rota_tip"]
    assert all(says_tip(name) for name in said)
    assert not any(says_tip(name) for name in ("multiple", "stipple_1", "distal", "12"))
