"""One hand's demonstrations, and what every hand does by the policy that learned from them.

    python -m bench.policy alone --hand xhand --seeds 100000:100010

With latents the other hands move as they are. With raw joints they move by kinematic retargeting: the
policy sees and says the joints of the hand that it learned from, and geometry brings them over.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, played, told, trained
from bench.policy_layouts import body_layout, body_name
from bench.policy_options import of_pool, seeds_of, words_of
from bench.policy_page import rates
from bench.policy_retargeted import Retargeted
from bench.results import machine, table, today, write_section
from xlvla_sdk import find_codec
from xlvla_sdk.layouts import XL1, Layout, Raw1
from xlvla_sdk.leaving import listen
from xlvla_sdk.registry import registry

LAYOUTS = (XL1.name, Raw1.name)


@of_pool()
def alone(
    pool: Pool,
    seeds: str,
    hand: Annotated[str, typer.Option(help="The one that shows the tasks.")] = "xhand",
    only: Annotated[
        str | None, typer.Option(help="Trains and judges this layout; writes no page.")
    ] = None,
) -> None:
    """Trains a policy a layout on one hand, judges it on all, and writes docs/results/policy.md."""
    listen()
    taught = replace(pool, hands=(hand,))
    found: list[Judged] = []
    for layout in (only,) if only else LAYOUTS:
        folder = trained(taught, layout)
        rows_of = partial(moved_by, layout, hand)
        found += told(played(pool, layout, folder, seeds_of(seeds), rows_of), layout)
    if only is None:
        title = f"Demonstrations of {hand} alone"
        write_section("policy", title, success(pool, hand, found), _notes(pool, hand, seeds))


def moved_by(layout: str, taught: str, task: str, hand: str) -> Layout:
    """The rows that a hand is moved by in a task: latents, or joints of the hand that was learned from."""
    if layout == Raw1.name and hand != taught:
        return retargeted(task, hand, taught)
    return body_layout(task, hand, layout)[0]


def retargeted(task: str, hand: str, taught: str) -> Retargeted:
    """Rows of one hand's joints, for another; new, since they remember the motion."""
    shown, moved = (registry().hand(f"{one}:right") for one in (taught, hand))
    body = registry().embodiment(body_name(task, hand))
    return Retargeted(body, shown, find_codec(shown), find_codec(moved))


def success(pool: Pool, taught: str, found: list[Judged]) -> str:
    """A row a cell, a column a layout; then the other hands together."""
    header = ("task", "hand", "xl-1", "raw-1, retargeted")
    groups = [
        ((task, f"{hand}, learned from" if hand == taught else hand), task, (hand,))
        for task in pool.tasks
        for hand in pool.hands
    ]
    others = tuple(hand for hand in pool.hands if hand != taught)
    groups += [((task, "the others"), task, others) for task in pool.tasks]
    rows = []
    for called, task, hands in groups:
        some = [one for one in found if one.task == task and one.hand in hands]
        rows.append((*called, *rates(some, LAYOUTS)))
    some = [one for one in found if one.hand in others]
    rows.append(("all", "the others", *rates(some, LAYOUTS)))
    return table(header, rows)


def _notes(pool: Pool, taught: str, seeds: str) -> list[str]:
    recipe = pool.recipe
    return [
        f"One policy a layout, {pool.episodes} demonstrations of each task on {taught} and none of another hand; "
        f"{recipe.steps} steps of {recipe.batch} chunks of {pool.horizon} rows, training seed {recipe.seed}: one "
        f"training each. Seeds {seeds}, with Wilson's 95 % interval.",
        f"Retargeted: the policy sees and says {taught}'s joints. Those of another hand become {taught}'s by the "
        "geometry, damped least squares from where the row before was put, every posture measured and "
        "every command; arms hold the pinch point in both.",
        f"`python -m bench.policy alone --hand {taught} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
