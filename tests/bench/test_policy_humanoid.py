"""Pools of a table's arms and a humanoid: who shows what, and who is counted where."""

from __future__ import annotations

from pathlib import Path

from bench.policy_cells import Judged, Pool
from bench.policy_humanoid import ALONE, BOTH, TABLETOP, pools, success
from bench.policy_layouts import body_name
from xlvla_sdk.learning.training import Recipe

G1 = "g1+inspire"


def pool(folder: Path) -> Pool:
    return Pool(("ability", "xhand"), ("push-cans", "place-box"), 3, Recipe(steps=10), 32, folder)


def test_a_humanoid_shows_what_it_can_do_and_no_more(tmp_path: Path):
    made = pools(pool(tmp_path), G1, ("push-cans",))
    assert made[ALONE].learned == [("push-cans", G1)]
    assert G1 not in {hand for _, hand in made[TABLETOP].learned}
    assert ("push-cans", G1) in made[BOTH].learned
    assert ("place-box", G1) not in made[BOTH].learned
    assert len({one.folder("xl-1") for one in made.values()}) == 3


def test_a_body_is_called_with_its_arm_or_stands_on_an_xarm():
    assert body_name("push-cans", G1) == "g1+inspire:right"
    assert body_name("push-cans", "xhand") == "xarm7+xhand:right"
    assert body_name("hand-over-bottle", "xhand") == "xarm7+xhand:both"


def test_the_humanoid_and_the_others_are_counted_apart(tmp_path: Path):
    found = {
        ALONE: [
            Judged("push-cans", hand, "xl-1", seed, hand == G1, "")
            for hand in (G1, "ability", "xhand")
            for seed in range(2)
        ]
    }
    own = [Judged("push-cans", G1, "script", 0, False, "not done")]
    lines = success(pool(tmp_path), G1, found, own).splitlines()
    whole = [line for line in lines if "| all |" in line]
    assert "2 of 2" in whole[0]
    assert "0 of 4" in whole[0]
    assert "0 of 1" in whole[1]
