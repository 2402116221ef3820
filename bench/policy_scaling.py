"""One, two, three, four hands in the pool, the same demonstrations of each: what the first hand gains.

    python -m bench.policy scaling --hands xhand,ability,inspire,paxini --seeds 100000:100010

Every pool's policy is asked of all hands: of the first one, of those that showed it the tasks, and of
those that did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, played, told, trained
from bench.policy_options import EPISODES, HANDS, of_pool, seeds_of, words_of
from bench.policy_page import rate
from bench.policy_pictures import IMAGES, curves
from bench.results import machine, table, today, write_section
from xlvla_sdk.layouts import XL1
from xlvla_sdk.leaving import listen

ORDER = "xhand,ability,inspire,paxini"
FIRST, SHOWN, OTHERS = "the first hand", "hands that showed it", "hands that did not"


@of_pool(hands=ORDER)
def scaling(
    pool: Pool,
    seeds: str,
    only: Annotated[
        int | None, typer.Option(help="Trains and judges the pool of so many; writes no page.")
    ] = None,
) -> None:
    """Trains a policy a pool with latents, hands joining in their order; writes docs/results/policy.md."""
    listen()
    order = pool.hands
    found: dict[int, list[Judged]] = {}
    for count in (only,) if only else range(1, len(order) + 1):
        folder = trained(taught(pool, order[:count]), XL1.name)
        asked = played(pool, XL1.name, folder, seeds_of(seeds))
        found[count] = told(asked, f"{count} hands:")
    if only is None:
        groups = {count: grouped(order[:count], some) for count, some in found.items()}
        title, picture = called(pool)
        curves(groups, "hands in the pool", picture)
        shown = f"![Success as hands join](../images/{picture.name})"
        text = f"{success(pool, order, groups)}\n\n{shown}"
        write_section("policy", title, text, _notes(pool, seeds))


def called(pool: Pool) -> tuple[str, Path]:
    """The section of a pool and its picture: one for each number of demonstrations."""
    title, picture = "More hands in the pool", IMAGES / "policy_scaling.png"
    if pool.episodes == EPISODES:
        return title, picture
    title += f", {pool.episodes} demonstrations of each"
    return title, picture.with_stem(f"{picture.stem}_{pool.episodes}")


def taught(pool: Pool, hands: Sequence[str]) -> Pool:
    """The pool of some hands; in the usual order, so that its policy is the one that other benches train."""
    usual = HANDS.split(",")
    there = sorted(hands, key=lambda one: usual.index(one) if one in usual else len(usual))
    return replace(pool, hands=tuple(there))


def grouped(hands: Sequence[str], found: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Episodes of the first hand, of all that the pool learned from, and of the others."""
    return {
        FIRST: [one for one in found if one.hand == hands[0]],
        SHOWN: [one for one in found if one.hand in hands],
        OTHERS: [one for one in found if one.hand not in hands],
    }


def success(pool: Pool, order: Sequence[str], groups: dict[int, dict[str, list[Judged]]]) -> str:
    """A row a pool and task, and a row for all tasks."""
    rows = []
    for count, of in groups.items():
        for task in (*pool.tasks, "all"):
            rates = [
                rate([one for one in some if task in (one.task, "all")]) for some in of.values()
            ]
            rows.append((", ".join(order[:count]), task, *rates))
    header = ("learned from", "task", f"{FIRST}, {order[0]}", SHOWN, OTHERS)
    return table(header, rows)


def _notes(pool: Pool, seeds: str) -> list[str]:
    recipe = pool.recipe
    return [
        f"Policies with latents, {pool.episodes} demonstrations of each task on each hand of the pool, so more hands "
        f"are more demonstrations; {recipe.steps} steps of {recipe.batch} chunks of {pool.horizon} rows for every "
        f"pool, training seed {recipe.seed}: one training each. Seeds {seeds}, with Wilson's 95 % interval.",
        f"`python -m bench.policy scaling {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
