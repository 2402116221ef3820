"""Fewer demonstrations of every cell: which layout does more with them.

    python -m bench.policy fewer --less 5,10 --seeds 100000:100010

The pool of `pooled`, made again with the first so many demonstrations of each hand and task; steps and all
else stay as they are. Where few are shown, what another hand showed counts most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, judged, told
from bench.policy_options import Layouts, of_pool, seeds_of, words_of
from bench.policy_page import difference, rates
from bench.policy_pictures import IMAGES, curves
from bench.results import machine, table, today, write_section
from xlvla_sdk.leaving import listen

PICTURE = IMAGES / "policy_fewer.png"


@of_pool()
def fewer(
    pool: Pool,
    seeds: str,
    less: Annotated[
        str, typer.Option(help="Than --episodes, of each hand and task, between commas.")
    ] = "5,10",
    layouts: Layouts = "xl-1,raw-1",
) -> None:
    """Trains a policy a layout and number of demonstrations, and writes docs/results/policy.md."""
    listen()
    counts = [*(int(count) for count in less.split(",")), pool.episodes]
    wanted = layouts.split(",")
    found: dict[int, list[Judged]] = {}
    for count in counts:
        made = replace(pool, episodes=count)
        found[count] = [
            one
            for layout in wanted
            for one in told(judged(made, layout, seeds_of(seeds)), f"{count} each, {layout}")
        ]
    curves(by_layout(found, wanted), "demonstrations of each hand and task", PICTURE)
    shown = f"![Success by demonstrations of each cell](../images/{PICTURE.name})"
    text = f"{success(pool, found, wanted)}\n\n{shown}"
    write_section("policy", "Fewer demonstrations", text, _notes(pool, less, wanted, seeds))


def by_layout(
    found: Mapping[int, Sequence[Judged]], layouts: Sequence[str]
) -> dict[int, dict[str, list[Judged]]]:
    """The episodes of each number of demonstrations, by layout."""
    return {
        count: {layout: [one for one in some if one.layout == layout] for layout in layouts}
        for count, some in found.items()
    }


def success(pool: Pool, found: Mapping[int, Sequence[Judged]], layouts: Sequence[str]) -> str:
    """A row a number and task, a column a layout; then how far apart the first is from each other."""
    first, *others = layouts
    header = ("of each cell", "task", *layouts, *(f"{first} minus {other}" for other in others))
    rows = []
    for count, episodes in found.items():
        for task in (*pool.tasks, "all"):
            some = [one for one in episodes if task in (one.task, "all")]
            apart = [difference(pool, (first, other), some) for other in others]
            rows.append((str(count), task, *rates(some, layouts), *apart))
    return table(header, rows)


def _notes(pool: Pool, less: str, layouts: Sequence[str], seeds: str) -> list[str]:
    recipe = pool.recipe
    return [
        f"One policy a layout and number, told by no hand which it is, pooled over {', '.join(pool.hands)} and all "
        f"tasks. A number's demonstrations are the first of those of a greater one; {recipe.steps} steps of "
        f"{recipe.batch} chunks of {pool.horizon} rows for every policy, training seed {recipe.seed}: one training "
        f"each. Seeds {seeds}, with Wilson's 95 % interval; differences are means over cells, with 95 % by drawing "
        "the cells anew.",
        f"`python -m bench.policy fewer --less {less} --layouts {','.join(layouts)} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
