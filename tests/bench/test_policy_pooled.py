"""One policy for every hand: cells are counted apart, and what was judged is not played again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import policy_cells
from bench.policy_cells import Judged, Pool, judged
from bench.policy_page import notes, success
from xlvla_sdk.evaluation import EvaluationSettings
from xlvla_sdk.learning.training import Recipe

HANDS, TASKS, LAYOUTS = ("xhand", "ability"), ("push-cans", "place-box"), ("xl-1", "raw-1")


def pool(folder: Path) -> Pool:
    return Pool(HANDS, TASKS, 3, Recipe(steps=10), 32, folder)


def outcomes(done: set[tuple[str, str, str]]) -> list[Judged]:
    """Four episodes of every cell; those of `done` succeed."""
    return [
        Judged(task, hand, layout, seed, (task, hand, layout) in done, "not done in 30 s")
        for task in TASKS
        for hand in HANDS
        for layout in LAYOUTS
        for seed in range(4)
    ]


def cells(text: str) -> dict[tuple[str, str], list[str]]:
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    return {(row[0], row[1]): row[2:] for row in rows[2:]}


def test_success_is_counted_by_cell_task_and_layout(tmp_path: Path):
    found = outcomes({("push-cans", "xhand", "xl-1"), ("place-box", "xhand", "xl-1")})
    told = cells(success(pool(tmp_path), LAYOUTS, found))
    assert told["push-cans", "xhand"] == ["4 of 4, 100% (51% to 100%)", "0 of 4, 0% (0% to 49%)"]
    assert told["place-box", "all"][0].startswith("4 of 8, 50%")
    assert [one.split(",")[0] for one in told["all", "all"]] == ["8 of 16", "0 of 16"]


def test_one_task_of_each_hand_is_left_out_and_counted_apart(tmp_path: Path):
    whole, part = pool(tmp_path), pool(tmp_path).one_unseen()
    assert part.unseen == (("push-cans", "xhand"), ("place-box", "ability"))
    assert part.learned == [("push-cans", "ability"), ("place-box", "xhand")]
    assert part.cells == whole.cells
    assert part.folder("xl-1") != whole.folder("xl-1")
    found = outcomes({("push-cans", "xhand", "xl-1")})
    told = cells(success(part, LAYOUTS, found))
    assert told["push-cans", "xhand, unseen"][0].startswith("4 of 4")
    assert told["all", "seen"][0].startswith("0 of 8")
    assert told["all", "unseen"][0].startswith("4 of 8")
    assert "--unseen`" in "\n".join(notes(part, LAYOUTS, found, "0:4"))


def test_the_difference_of_layouts_has_an_interval_over_cells(tmp_path: Path):
    pooled = pool(tmp_path)
    half = {(task, "xhand", "xl-1") for task in TASKS}
    said = "\n".join(notes(pooled, LAYOUTS, outcomes(half), "0:4"))
    drawn = "+0.50 (95 % by drawing the 4 cells anew: +0.00 to +1.00)"
    assert f"xl-1 minus raw-1, mean over cells: {drawn}" in said
    interrupted = "raw-1: the training was interrupted, its time is not known"
    assert f"{interrupted}; failed: 16 not done in 30 s" in said
    assert "--episodes 3 --steps 10 --batch 64 --horizon 32 --seed 7 --seeds 0:4" in said


def test_every_layout_is_held_against_the_first(tmp_path: Path):
    found = [
        Judged(task, hand, layout, 0, layout != "vq-1" and hand == "xhand", "")
        for task in TASKS
        for hand in HANDS
        for layout in ("xl-1", "lad-1", "vq-1")
    ]
    said = "\n".join(notes(pool(tmp_path), ("xl-1", "lad-1", "vq-1"), found, "0:1"))
    assert "xl-1 minus lad-1, mean over cells: +0.00 in every cell" in said
    assert "xl-1 minus vq-1, mean over cells: +0.50" in said


def test_cells_that_agree_are_no_measure_of_how_sure_it_is(tmp_path: Path):
    said = "\n".join(notes(pool(tmp_path), LAYOUTS, outcomes(set()), "0:4"))
    assert (
        "xl-1 minus raw-1, mean over cells: +0.00 in every cell: these episodes do not say" in said
    )


def test_late_answers_are_compared_with_the_same_episodes_at_once(tmp_path: Path):
    prompt, late = pool(tmp_path), replace(pool(tmp_path), latency_s=0.2)
    folder = prompt.folder("xl-1") / "judged"
    folder.mkdir(parents=True)
    for one in outcomes({("push-cans", "xhand", "xl-1"), ("place-box", "xhand", "xl-1")}):
        if one.layout == "xl-1":
            path = folder / f"{one.task}-{one.hand}-{one.seed}.json"
            path.write_text(json.dumps(asdict(one)))
    said = "\n".join(notes(late, ["xl-1"], outcomes({("push-cans", "ability", "xl-1")}), "0:4"))
    assert "of 16 of these episodes played with answers at once, 8 were done" in said
    assert "late answers lose 8 of those and win 4 (sign test, two-sided: p = 0.39)" in said


def test_what_was_judged_is_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    played: list[tuple[str, int, float]] = []
    begun: list[int | None] = []

    def opened(_folder: Path, *, drawn: int | None) -> None:
        begun.append(drawn)

    def evaluate(
        _policy: object, task: str, _layout: str, seeds: list[int], settings: EvaluationSettings
    ):
        played.append((task, seeds[0], settings.latency_s))
        return SimpleNamespace(episodes=[SimpleNamespace(success=seeds[0] == 5, failure="no")])

    monkeypatch.setattr(policy_cells, "trained", lambda _pool, _layout: tmp_path)
    monkeypatch.setattr(policy_cells, "TrainedPolicy", opened)
    monkeypatch.setattr(policy_cells, "body_layout", lambda _task, hand, _layout: (hand, {}))
    monkeypatch.setattr(policy_cells, "evaluate", evaluate)
    first = list(judged(pool(tmp_path), "xl-1", [5]))
    assert [(one.task, one.hand, one.success) for one in first] == [
        (task, hand, True) for task in TASKS for hand in HANDS
    ]
    assert list(judged(pool(tmp_path), "xl-1", [5, 6]))[:4] == first
    assert [(seed, latency) for _, seed, latency in played] == [(5, 0.0)] * 4 + [(6, 0.0)] * 4
    list(judged(replace(pool(tmp_path), latency_s=0.2), "xl-1", [5]))
    assert [(seed, latency) for _, seed, latency in played[8:]] == [(5, 0.2)] * 4
    list(judged(replace(pool(tmp_path), drawn=3), "xl-1", [5]))
    assert [(seed, latency) for _, seed, latency in played[12:]] == [(5, 0.0)] * 4
    assert begun == [None, None, None, 3]


def test_a_cell_that_no_script_does_is_left_out_and_named(tmp_path: Path):
    poured = replace(pool(tmp_path), tasks=("push-cans", "pour-sauce"), hands=("xhand", "paxini"))
    assert ("pour-sauce", "paxini") not in poured.cells
    assert ("pour-sauce", "xhand") in poured.learned
    found = [Judged(*cell, layout, 0, True, "") for cell in poured.cells for layout in LAYOUTS]
    said = "\n".join(notes(poured, LAYOUTS, found, "0:1"))
    assert "does less than seven in ten: pour-sauce on paxini." in said
    assert "0.02 rad in push-cans and 0.01 rad in pour-sauce;" in said
    assert "Left out" not in "\n".join(notes(pool(tmp_path), LAYOUTS, outcomes(set()), "0:4"))


def test_a_pool_of_many_tasks_has_a_name_that_is_short_and_its_own(tmp_path: Path):
    tasks = tuple(f"a-task-with-a-long-name-{number}" for number in range(9))
    many = replace(pool(tmp_path), tasks=tasks)
    names = {many.name, replace(many, tasks=tasks[::-1]).name, many.one_unseen().name}
    assert len(names) == 3
    assert all(len(name) < 60 for name in names)
