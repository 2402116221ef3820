"""As hands join a pool, each is counted where it belongs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from bench.policy_cells import Judged, Pool
from bench.policy_options import EPISODES
from bench.policy_pictures import curves
from bench.policy_scaling import OTHERS, SHOWN, called, grouped, success, taught
from xlvla_sdk.learning.training import Recipe

ORDER = ("xhand", "ability", "inspire")


def pool(folder: Path) -> Pool:
    return Pool(ORDER, ("push-cans", "place-box"), 3, Recipe(steps=10), 32, folder)


def episodes(count: int) -> list[Judged]:
    """Hands that the pool learned from do all; the others nothing."""
    return [
        Judged(task, hand, "xl-1", seed, hand in ORDER[:count], "")
        for task in ("push-cans", "place-box")
        for hand in ORDER
        for seed in range(3)
    ]


def test_policies_are_those_that_other_benches_train(tmp_path: Path):
    two = taught(pool(tmp_path), ORDER[:2])
    assert two.hands == ("ability", "xhand")
    assert two.folder("xl-1") == Pool(
        ("ability", "xhand"), two.tasks, 3, two.recipe, 32, tmp_path
    ).folder("xl-1")


def test_every_hand_is_counted_where_it_belongs(tmp_path: Path):
    groups = {count: grouped(ORDER[:count], episodes(count)) for count in (1, 2, 3)}
    text = success(pool(tmp_path), ORDER, groups)
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    whole = {row[0]: row[2:] for row in rows if row[1] == "all"}
    assert [cell.partition(",")[0] for cell in whole["xhand"]] == ["6 of 6", "6 of 6", "0 of 12"]
    assert [cell.partition(",")[0] for cell in whole["xhand, ability"]] == [
        "6 of 6",
        "12 of 12",
        "0 of 6",
    ]
    assert whole["xhand, ability, inspire"][2] == "–"


def test_a_group_without_episodes_has_no_point(tmp_path: Path):
    groups = {count: grouped(ORDER[:count], episodes(count)) for count in (2, 3)}
    assert not groups[3][OTHERS]
    assert len(groups[3][SHOWN]) == 18
    curves(groups, "hands", tmp_path / "c.png")
    with Image.open(tmp_path / "c.png") as picture:
        assert picture.size == (660, 440)


def test_each_number_of_demonstrations_has_a_section_and_a_picture(tmp_path: Path):
    few, usual = pool(tmp_path), replace(pool(tmp_path), episodes=EPISODES)
    assert called(usual)[0] == "More hands in the pool"
    assert called(few)[0] == "More hands in the pool, 3 demonstrations of each"
    assert called(few)[1] != called(usual)[1]
