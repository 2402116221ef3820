"""Demonstrations of each hand, played on each other hand: what gets done, and where it breaks.

    python -m bench.policy replay                       # a demonstration of each cell
    python -m bench.policy replay --episodes 5          # goes on to five
    python -m bench.policy replay --hand xhand --hand ability --task push-cans
    python -m bench.policy replay --episodes 5 --known  # the page of what there is, nothing played

What was played before is not played again: outcomes stay in .bench/replay. The spaces of LAD and VQ are
what `python -m bench.latent compare --keep .bench/spaces` leaves; they are trained, half an hour, where
there are none.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations
from pathlib import Path
from typing import Annotated

import typer

from bench.replay_cells import Demonstrated, Folder, Outcome, judged
from bench.replay_page import Page, write
from bench.replay_spaces import spaces
from bench.replay_ways import LATENT, TRIED, Ways
from xlvla_sdk.leaving import heed, listen
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.synthesis.playing import play

HANDS = ("ability", "inspire", "xhand", "paxini")
TASKS = ("push-cans", "place-box", "cans-in-container")
SEED = 10_000
"""Of the first demonstration: what evaluations count by begins elsewhere."""


@dataclass(frozen=True)
class Plan:
    """What is played.

    Attributes:
        hands, tasks, ways: Which.
        episodes: Demonstrations of each hand and task.
        seed: Of the first.
        anew: Whether what is not known yet is played.
    """

    hands: tuple[str, ...]
    tasks: tuple[str, ...]
    ways: tuple[str, ...]
    episodes: int
    seed: int
    anew: bool = True

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every hand to every other, as bodies."""
        return list(permutations([f"xarm7+{hand}:right" for hand in self.hands], 2))


def replay(
    episodes: Annotated[int, typer.Option(min=1, help="Of each hand and task.")] = 1,
    seeds: Annotated[int, typer.Option(help="The first demonstration's.")] = SEED,
    hand: Annotated[list[str] | None, typer.Option(help="Left out: the four.")] = None,
    task: Annotated[list[str] | None, typer.Option(help="Left out: the three.")] = None,
    way: Annotated[list[str] | None, typer.Option(help="Left out: all that are compared.")] = None,
    kept: Annotated[Path, typer.Option(help="Where spaces and outcomes stay.")] = Path(".bench"),
    minutes: Annotated[
        float | None, typer.Option(help="Ends after these, with what there is by then.")
    ] = None,
    known: Annotated[bool, typer.Option("--known", help="Plays nothing: what there is.")] = False,
    write_page: Annotated[bool, typer.Option("--write/--no-write")] = True,
) -> None:
    """Plays demonstrations on other hands, and writes docs/results/replay.md."""
    listen()
    hands = tuple(hand or HANDS)
    used = spaces(kept / "spaces")
    ways = Ways(used.ours, used.others, tuple(f"xarm7+{name}:right" for name in hands))
    chosen = tuple(way or ways.names)
    plan = Plan(hands, tuple(task or TASKS), chosen, episodes, seeds, not known)
    begun = time.monotonic()
    done: list[Outcome] = []
    for one in played(plan, ways, Folder(kept / "replay")):
        done.append(one)
        if minutes is not None and time.monotonic() - begun > 60.0 * minutes:
            break
    spent = (time.monotonic() - begun) / 60.0
    took = f"{spent:.0f} min" if plan.anew else "Played in earlier runs"
    page = Page(done, plan.ways, plan.tasks, hands, used.notes, took)
    write(page, write_page)


def played(plan: Plan, ways: Ways, folder: Folder) -> Iterator[Outcome]:
    """Every outcome of a plan, an episode of every cell before the next episode.

    Where nothing is played anew, episodes that were not played on every pair in every way are left
    out: each pair counts alike.
    """
    for number in range(plan.episodes):
        for task in plan.tasks:
            cells = (_one_cell(plan, task, number, pair, ways, folder) for pair in plan.pairs)
            if not plan.anew:
                cells = list(cells)
                if any({one.way for one in cell} < set(plan.ways) for cell in cells):
                    continue
            for cell in cells:
                yield from cell


def _one_cell(
    plan: Plan, task: str, number: int, pair: tuple[str, str], ways: Ways, folder: Folder
) -> list[Outcome]:
    """Outcomes of a pair's demonstration, the `number`th; said on stderr."""
    source, target = pair
    found = folder.demonstrations(source, task, plan.seed, plan.anew)
    demonstrated = next(islice(found, number, None), None)
    if demonstrated is None:
        return []
    begun = time.monotonic()
    cell = list(_cell(plan, task, demonstrated, target, ways, folder))
    good = ", ".join(one.way for one in cell if one.success) or "none"
    took = time.monotonic() - begun
    print(f"{number} {task} {source} -> {target}: {good} ({took:.0f} s)", file=sys.stderr)
    return cell


def _cell(
    plan: Plan, task: str, demonstrated: Demonstrated, target: str, ways: Ways, folder: Folder
) -> Iterator[Outcome]:
    """One demonstration on one body in every way, and in further ones where the latent fails."""
    wanted = list(plan.ways)
    while wanted:
        way = wanted.pop(0)
        one = _outcome(plan, task, demonstrated, target, way, ways, folder)
        if one is None:
            continue
        if way == LATENT and not one.success:
            wanted += [one for one in TRIED if one not in plan.ways]
        yield one


def _outcome(
    plan: Plan,
    task: str,
    demonstrated: Demonstrated,
    target: str,
    way: str,
    ways: Ways,
    folder: Folder,
) -> Outcome | None:
    heed()
    of = hashlib.sha256(ways.made_of(way).encode()).hexdigest()[:8]
    known = folder.outcome(task, demonstrated, target, way, of)
    if known is not None or not plan.anew:
        return known
    moved = ways.move(way, demonstrated.joints, target)
    world = folder.world(target, task)
    seen = play(world, find_task(task), demonstrated.seed, moved.joints)
    found = judged(task, way, demonstrated, target, moved, seen)
    folder.keep(found, demonstrated, of)
    return found
