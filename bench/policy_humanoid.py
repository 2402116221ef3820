"""Arms on a table and a humanoid, each by the other's demonstrations: what either gains, both ways.

    python -m bench.policy humanoid --seeds 100000:100010

Three pools: the hands on a table's arms, a humanoid by itself, and both. Every pool's policy is asked
of all bodies, on the tasks that the humanoid can do; hand and arm are told to none.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, played, told, trained
from bench.policy_options import of_pool, seeds_of, words_of
from bench.policy_page import rate
from bench.policy_scripted import scripted
from bench.results import machine, table, today, write_section
from xlvla_sdk.layouts import XL1
from xlvla_sdk.leaving import listen

HUMANOID = "g1+inspire"
DOES = "push-cans"
"""With one arm it tips over half of the boxes: by docs/results/demonstrations.md too rare to learn from."""
TABLETOP, ALONE, BOTH = "the table's arms", "the humanoid", "both"


@of_pool()
def humanoid(
    pool: Pool,
    seeds: str,
    body: Annotated[str, typer.Option(help="The humanoid's arm and hand.")] = HUMANOID,
    does: Annotated[str, typer.Option(help="The tasks that it can do.")] = DOES,
    only: Annotated[
        str | None, typer.Option(help="Trains and judges this pool; writes no page.")
    ] = None,
) -> None:
    """Trains a policy a pool with latents, judges each on all bodies, and writes docs/results/policy.md."""
    listen()
    shared = tuple(does.split(","))
    asked = replace(pool, hands=(*pool.hands, body), tasks=shared)
    made = pools(pool, body, shared)
    found: dict[str, list[Judged]] = {}
    for name in (only,) if only else tuple(made):
        folder = trained(made[name], XL1.name)
        found[name] = told(played(asked, XL1.name, folder, seeds_of(seeds)), f"{name}:")
    if only is None:
        own = [one for task in shared for one in scripted(task, body, seeds_of(seeds))]
        text = success(asked, body, found, own)
        notes = _notes(pool, body, does, seeds)
        write_section("policy", "Arms on a table and a humanoid", text, notes)


def pools(pool: Pool, body: str, does: tuple[str, ...]) -> dict[str, Pool]:
    """What is learned from, by name; a humanoid's other tasks are in none."""
    lacking = tuple((task, body) for task in pool.tasks if task not in does)
    return {
        TABLETOP: pool,
        ALONE: replace(pool, hands=(body,), tasks=does),
        BOTH: replace(pool, hands=(*pool.hands, body), unseen=lacking),
    }


def success(asked: Pool, body: str, found: dict[str, list[Judged]], own: list[Judged]) -> str:
    """A row a pool and task: the humanoid, and all the others; then the humanoid's script."""
    rows, tasks = [], asked.tasks if len(asked.tasks) == 1 else (*asked.tasks, "all")
    for name, task in product((*found, "the script"), tasks):
        episodes = found.get(name, own)
        some = [one for one in episodes if task in (one.task, "all")]
        those = [one for one in some if one.hand == body]
        rows.append((name, task, rate(those), rate([one for one in some if one.hand != body])))
    return table(("learned from", "task", body, "hands on xarm7"), rows)


def _notes(pool: Pool, body: str, does: str, seeds: str) -> list[str]:
    recipe = pool.recipe
    return [
        f"Policies with latents, {pool.episodes} demonstrations of each task and body of a pool; the table's arms "
        f"show {', '.join(pool.tasks)}, the humanoid what it can do of them. {recipe.steps} steps of "
        f"{recipe.batch} chunks of {pool.horizon} rows for every pool, training seed {recipe.seed}: one training "
        f"each. Seeds {seeds}, with Wilson's 95 % interval.",
        f"The script: the demonstrator that knows {body} and where things are, on the same seeds, without noise. "
        "A task that a humanoid's script does less than seven times in ten is not asked for.",
        f"`python -m bench.policy humanoid --body {body} --does {does} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
