"""One policy for every hand and task, a layout each: the same data, the same budget, what gets done.

    python -m bench.policy pooled --layouts xl-1,raw-1 --hands ability,xhand --tasks push-cans --seeds 100000:100010

Datasets, policies and outcomes stay in .bench/policy; what is there is not made again, and what was
interrupted goes on. `--unseen` asks for tasks that a hand never showed. Several may train at once:
`--only raw-1` makes one layout's and writes no page.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, judged, told, trained
from bench.policy_options import Layouts, of_pool, seeds_of
from bench.policy_page import write
from xlvla_sdk.leaving import listen


@of_pool()
def pooled(
    pool: Pool,
    seeds: str,
    layouts: Layouts = "xl-1,raw-1",
    only: Annotated[
        str | None, typer.Option(help="Trains and judges this layout; writes no page.")
    ] = None,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Without one task of each hand, in turn.")
    ] = False,
    latency: Annotated[float, typer.Option(min=0.0, help="Of answers, while judged [s].")] = 0.0,
) -> None:
    """Trains one policy a layout on all hands and tasks, and writes docs/results/policy.md."""
    listen()
    pool = replace(pool.one_unseen() if unseen else pool, latency_s=latency)
    found: list[Judged] = []
    wanted = (only,) if only else tuple(layouts.split(","))
    for layout in wanted:
        print(f"{layout}: {trained(pool, layout)}", file=sys.stderr)
        found += told(judged(pool, layout, seeds_of(seeds)), layout)
    if only is None:
        write(pool, wanted, found, seeds)
