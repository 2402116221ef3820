"""A pooled policy on a hand that showed it nothing, onboarded in seconds.

    python -m bench.policy fifth --hand allegro --seeds 100000:100010

The hand is the example vendor's, or one of the published URDFs that `--shared` holds. The policy is
the pool's own with latents; what is not trained yet is trained first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.paper_hands import SHARED
from bench.policy_cells import Judged, Pool, trained
from bench.policy_layouts import body_layout
from bench.policy_newcomers import EXAMPLE, LIKE, Newcomer, join
from bench.policy_options import HANDS, of_pool, seeds_of, words_of
from bench.policy_page import rate
from bench.policy_scripted import scripted
from bench.results import machine, table, today, write_section
from xlvla_sdk.evaluation import EvaluationSettings, evaluate
from xlvla_sdk.layouts import XL1
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.leaving import heed, listen


@of_pool()
def fifth(
    pool: Pool,
    seeds: str,
    hand: Annotated[str, typer.Option(help="acme_h11, allegro or leap.")] = EXAMPLE,
    shared: Annotated[Path, typer.Option(help="Where the URDF data lies.")] = SHARED,
) -> None:
    """Runs the pooled policy on a hand without demonstrations, and writes docs/results/policy.md."""
    listen()
    folder = trained(pool, XL1.name)
    newcomer = join(hand, shared)
    rows = []
    for task in pool.tasks:
        found = _policy(folder, task, newcomer, seeds_of(seeds))
        own = scripted(task, newcomer.name, seeds_of(seeds), newcomer.station)
        rows.append((task, rate(found), rate(own)))
    header = ("task", "done by the pooled policy", "by the script that knows the hand")
    write_section("policy", titled(pool, hand), table(header, rows), _notes(pool, newcomer, seeds))


def titled(pool: Pool, hand: str) -> str:
    """What the section is called: the newcomer, and who showed the tasks where it is not everybody."""
    called = "A fifth hand" if hand == EXAMPLE else f"A fifth hand: {hand}"
    if pool.hands == tuple(HANDS.split(",")):
        return called
    return f"{called}, by the demonstrations of {' and '.join(pool.hands)}"


def _policy(folder: Path, task: str, newcomer: Newcomer, seeds: Sequence[int]) -> list[Judged]:
    layout = body_layout(task, newcomer.name, XL1.name, newcomer.station)[0]
    settings = EvaluationSettings(station=newcomer.station)
    report = evaluate(TrainedPolicy(folder), task, layout, seeds, settings, lambda _: heed())
    print(f"{task}: {report.successes} of {len(seeds)}", file=sys.stderr)
    return [
        Judged(task, newcomer.name, XL1.name, one.seed, one.success, one.failure)
        for one in report.episodes
    ]


def _notes(pool: Pool, newcomer: Newcomer, seeds: str) -> list[str]:
    recipe = pool.recipe
    return [
        f"The policy with latents of {', '.join(pool.hands)} ({recipe.steps} steps, seed {recipe.seed}), told "
        f"nothing of this hand: `{newcomer.name}`, {newcomer.joints} joints, onboarded in "
        f"{newcomer.took_s:.0f} s (or found in the cache), mounted so that it pinches where {LIKE} does. "
        f"Seeds {seeds}, without noise; Wilson's 95 % interval.",
        f"`python -m bench.policy fifth --hand {newcomer.name} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}; others had a part of the processors.",
    ]
