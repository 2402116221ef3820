"""Where answers begin: each beginning is counted by itself, task by task."""

from __future__ import annotations

from bench.policy_cells import Judged
from bench.policy_drawn import by_task

LAYOUTS = ("xl-1", "raw-1")


def episodes(tasks: tuple[str, ...]) -> list[Judged]:
    """Two of every task and layout; those of xl-1 are done, and pushes."""
    return [
        Judged(task, "xhand", layout, seed, layout == "xl-1" or task == "push-cans", "")
        for task in tasks
        for layout in LAYOUTS
        for seed in range(2)
    ]


def test_a_task_has_a_row_and_all_have_one():
    tasks = ("push-cans", "place-box")
    rows = by_task("the middle", tasks, episodes(tasks), LAYOUTS)
    found = {row[1]: [cell.partition(",")[0] for cell in row[2:]] for row in rows}
    assert found == {
        "push-cans": ["2 of 2", "2 of 2"],
        "place-box": ["2 of 2", "0 of 2"],
        "all": ["4 of 4", "2 of 4"],
    }
    assert {row[0] for row in rows} == {"the middle"}


def test_one_task_is_not_said_twice():
    rows = by_task("noise of seed 1", ("place-box",), episodes(("place-box",)), LAYOUTS)
    assert [(row[1], row[3].partition(",")[0]) for row in rows] == [("place-box", "0 of 2")]
