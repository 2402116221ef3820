"""Fewer demonstrations: each number's policies are counted by themselves, layout by layout."""

from __future__ import annotations

from pathlib import Path

from bench.policy_cells import Judged, Pool
from bench.policy_fewer import by_layout, success
from bench.policy_page import difference
from xlvla_sdk.learning.training import Recipe

HANDS, TASKS, LAYOUTS = ("xhand", "ability"), ("push-cans", "place-box"), ("xl-1", "raw-1")


def pool(folder: Path) -> Pool:
    return Pool(HANDS, TASKS, 50, Recipe(steps=10), 32, folder)


def episodes(done: set[tuple[str, str]]) -> list[Judged]:
    """Two seeds of every cell and layout; `done` says of which layout and task they are done."""
    return [
        Judged(task, hand, layout, seed, (layout, task) in done, "")
        for task in TASKS
        for hand in HANDS
        for layout in LAYOUTS
        for seed in range(2)
    ]


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]


def test_every_number_is_counted_by_itself(tmp_path: Path):
    few = episodes({("xl-1", "push-cans")})
    many = episodes({(layout, task) for layout in LAYOUTS for task in TASKS})
    whole = rows(success(pool(tmp_path), {5: few, 50: many}, LAYOUTS))
    found = {(row[0], row[1]): [cell.partition(",")[0] for cell in row[2:4]] for row in whole}
    assert found["5", "push-cans"] == ["4 of 4", "0 of 4"]
    assert found["5", "all"] == ["4 of 8", "0 of 8"]
    assert found["50", "all"] == ["8 of 8", "8 of 8"]
    apart = {(row[0], row[1]): row[4] for row in whole if len(row) > 4}
    assert apart["5", "all"].startswith("+0.50 (95 % by drawing the 4 cells anew")
    assert apart["5", "push-cans"].startswith("+1.00 in every cell")


def test_a_difference_is_that_of_the_cells_that_were_judged(tmp_path: Path):
    some = [one for one in episodes({("xl-1", "push-cans")}) if one.task == "push-cans"]
    assert difference(pool(tmp_path), LAYOUTS, some).startswith("+1.00 in every cell")
    half = [*some, *(one for one in episodes(set()) if one.task == "place-box")]
    assert "drawing the 4 cells anew: +0.00 to +1.00" in difference(pool(tmp_path), LAYOUTS, half)


def test_curves_have_a_line_a_layout():
    groups = by_layout({5: episodes(set())}, LAYOUTS)
    assert {name: len(some) for name, some in groups[5].items()} == {"xl-1": 8, "raw-1": 8}
    assert all(one.layout == "raw-1" for one in groups[5]["raw-1"])
