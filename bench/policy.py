"""What hands can do with demonstrations that other hands made.

    python -m bench.policy replay     demonstrations of each hand, played on each other hand
    python -m bench.policy pooled     one policy for every hand and task, a layout each
    python -m bench.policy alone      one hand's demonstrations, done by every hand
    python -m bench.policy fewer      the same with fewer demonstrations
    python -m bench.policy drawn      answers that begin in the middle of noise, and in drawn noise
    python -m bench.policy scaling    one, two, three, four hands in the pool
    python -m bench.policy humanoid   arms on a table and a humanoid, by each other's demonstrations
    python -m bench.policy fifth      the same policy on a hand that showed it nothing
    python -m bench.policy films      a success and a failure of every hand
    python -m bench.policy why        where pushes are lost: by the hand or by the arm
    python -m bench.policy holds      where each hand holds a box that it lifts
    python -m bench.policy blocks     64 rows in fewer numbers, one codec over time for all hands
    python -m bench.policy inference  how long a chunk takes
    python -m bench.policy image      the policy on pictures, in the smallest honest run

Each prints its tables and writes a page of docs/results/.
"""

from __future__ import annotations

import typer

from bench.policy_alone import alone
from bench.policy_blocks import blocks
from bench.policy_drawn import drawn
from bench.policy_fewer import fewer
from bench.policy_fifth import fifth
from bench.policy_films import films
from bench.policy_holds import holds
from bench.policy_humanoid import humanoid
from bench.policy_image import image
from bench.policy_inference import inference
from bench.policy_pooled import pooled
from bench.policy_scaling import scaling
from bench.policy_why import why
from bench.replays import replay

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
app.command()(replay)
app.command()(pooled)
app.command()(alone)
app.command()(fewer)
app.command()(drawn)
app.command()(scaling)
app.command()(humanoid)
app.command()(fifth)
app.command()(films)
app.command()(why)
app.command()(holds)
app.command()(blocks)
app.command()(inference)
app.command()(image)


@app.callback()
def _named() -> None:
    """One command is named like several."""


if __name__ == "__main__":
    app()
