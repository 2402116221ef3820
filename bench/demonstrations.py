"""How often scripted demonstrations do their task: every hand, every task, many seeds.

`python -m bench.demonstrations` writes docs/results/demonstrations.md; `--task`, `--embodiment` and
`--noise` measure some rows anew without the others.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.results import machine, merged, rows_of, table, today, write_section
from xlvla_sdk.demonstrating import Demonstration, demonstrate, demonstrator
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.evaluation import wilson_interval
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.tasks import TASKS

HANDS = ("ability", "inspire", "xhand", "paxini")
BODIES = tuple(f"xarm7+{hand}:{side}" for side in ("right", "both") for hand in HANDS)
SEEDS, NOISE = 20, 0.01
ENOUGH = 0.7
"""Part of all seeds that a cell's script should do at the least."""
TITLE = "Tasks done"
HEADER = (
    "task", "body", "noise [mm]", "done", "95 % interval", "until done, median [s]",
    "CPU an episode [s]", "limits touched", "seeds that failed",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Every seed of one task on one body, and the CPU time all took together [s]."""

    episodes: tuple[Demonstration | None, ...]
    cpu_s: float


def measure(task_name: str, body_name: str, seeds: int, noise: float) -> Measured:
    """Episodes of seeds from 0; one that ends in an error counts as failed."""
    task, body = TASKS[task_name], registry().embodiment(body_name)
    world = build_world(body, scene=task.scene)
    episodes: list[Demonstration | None] = []
    begin = time.process_time()
    for seed in range(seeds):
        simulation = Simulation(world)
        simulation.reset(task.reset(seed))
        try:
            script = demonstrator(task, body, seed, noise=noise)
            episodes.append(demonstrate(script, task, simulation))
        except XlvlaError as error:
            print(f"{task_name} on {body_name}, seed {seed}: {error.message}")
            episodes.append(None)
    return Measured(tuple(episodes), time.process_time() - begin)


def row(task: str, body: str, noise: float, measured: Measured) -> tuple[str, ...]:
    """One line of the table."""
    episodes = measured.episodes
    done = [one.done_s for one in episodes if one is not None and one.done_s is not None]
    failed = [k for k, one in enumerate(episodes) if one is None or not one.success]
    lower, upper = wilson_interval(len(done), len(episodes))
    return (
        task,
        body,
        f"{1e3 * noise:g}",
        f"{len(done)} of {len(episodes)}",
        f"{lower:.0%} to {upper:.0%}",
        f"{np.median(done):.1f}" if done else "–",
        f"{measured.cpu_s / len(episodes):.1f}",
        str(sum(one.limits_touched for one in episodes if one is not None)),
        ", ".join(map(str, failed)) or "–",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=TASKS, action="append")
    parser.add_argument("--embodiment", action="append")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--noise", type=float, default=NOISE)
    asked = parser.parse_args()
    for task in asked.task or TASKS:
        for body in asked.embodiment or bodies(task):
            measured = measure(task, body, asked.seeds, asked.noise)
            write([row(task, body, asked.noise, measured)])


def bodies(task: str) -> tuple[str, ...]:
    """The right arm with each hand, or both arms where the task needs both."""
    sides = "both" if TASKS[task].hands else "right"
    return tuple(body for body in BODIES if body.endswith(sides))


def write(new: list[tuple[str, ...]]) -> None:
    """Rows into the page, in place of their older selves."""
    rows = sorted(merged(rows_of("demonstrations", TITLE), new, keys=3), key=_order)
    notes = [
        "Seeds from 0, each with its own places of the things. Done is what the task's judge says. "
        "The aim is nine of ten.",
        _rare(rows),
        "Noise: standard deviation of where free waypoints are, along each axis.",
        "CPU: of one core, for planning, simulating and judging, without pictures.",
        "Limits touched: commands that asked for more than a velocity limit.",
        f"{today()}, {machine()}, load {os.getloadavg()[0]:.1f}.",
    ]
    write_section("demonstrations", TITLE, table(HEADER, rows), notes)


def _rare(rows: Sequence[Sequence[str]]) -> str:
    """Names every cell that is done too rarely to learn from."""
    rare = [
        f"{task} on {body} ({done})"
        for task, body, _, done, *_ in rows
        if int(done.split()[0]) < ENOUGH * int(done.split()[-1])
    ]
    named = ", ".join(rare) or "none"
    return f"Under {ENOUGH:g} of all seeds, left out of averages of policies: {named}."


def _order(cells: Sequence[str]) -> tuple[int, int, str, float]:
    task, body, noise = cells[:3]
    known = BODIES.index(body) if body in BODIES else len(BODIES)
    return list(TASKS).index(task), known, body, float(noise)


if __name__ == "__main__":
    main()
