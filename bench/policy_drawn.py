"""Where answers begin: in the middle of noise, or in noise that is drawn once for all of them.

    python -m bench.policy drawn --draws 0,1,2

The same policies on the same seeds; only where rows unfold from differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, played, told, trained
from bench.policy_options import Layouts, of_pool, seeds_of, words_of
from bench.policy_page import rates
from bench.results import machine, table, today, write_section
from xlvla_sdk.leaving import listen

MIDDLE = "the middle"


@of_pool()
def drawn(
    pool: Pool,
    seeds: str,
    draws: Annotated[str, typer.Option(help="Seeds of noise, between commas.")] = "0,1,2",
    of: Annotated[
        str, typer.Option(help="Tasks that are played, between commas; all when left out.")
    ] = "",
    layouts: Layouts = "xl-1,raw-1",
) -> None:
    """Judges policies that begin in the middle and in drawn noise, and writes docs/results/policy.md."""
    listen()
    tasks, wanted = tuple(of.split(",")) if of else pool.tasks, layouts.split(",")
    rows = []
    for begin in (None, *map(int, draws.split(","))):
        made = replace(pool, tasks=tasks, drawn=begin)
        called = MIDDLE if begin is None else f"noise of seed {begin}"
        found = [
            one
            for layout in wanted
            for one in told(
                played(made, layout, trained(pool, layout), seeds_of(seeds)), f"{called}, {layout}"
            )
        ]
        rows += by_task(called, tasks, found, wanted)
    header = ("answers begin in", "task", *wanted)
    asked = f"--draws {draws}{f' --of {of}' if of else ''} --layouts {layouts}"
    notes = [
        "The same policies on the same seeds; only where rows unfold from differs. Noise is drawn once "
        f"for all answers. Judged of the pool of {', '.join(pool.tasks)}, with Wilson's 95 % interval.",
        f"`python -m bench.policy drawn {asked} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
    write_section("policy", "Where answers begin", table(header, rows), notes)


def by_task(
    begin: str, tasks: Sequence[str], episodes: Sequence[Judged], layouts: Sequence[str]
) -> list[tuple[str, ...]]:
    """A row a task, and one of all where there are several; a column a layout."""
    lines = (*tasks, "all") if len(tasks) > 1 else tasks
    return [
        (begin, task, *rates([one for one in episodes if task in (one.task, "all")], layouts))
        for task in lines
    ]
