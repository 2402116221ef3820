"""How long demonstrations take to make and to draw, and what becomes of them on a third hand.

    python -m bench.synth                  # some twenty minutes of two cores
    python -m bench.synth --part drawn --episodes 20 --drawn 5
    python -m bench.synth --no-write

Parts: `drawn` makes and draws one dataset, `all` samples every task on every hand, `chain` goes from two
hands' demonstrations through the latent to a third hand's, played in simulation.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.results import machine, table, today, write_section
from bench.synth_chain import SEED, chain
from xlvla_sdk.data.rows import RATE_HZ
from xlvla_sdk.demonstrating.demonstrator import SCRIPTS
from xlvla_sdk.synthesis import RenderPlan, SynthPlan, render, synthesize

PAGE = "synth"
HANDS = ("ability", "inspire", "xhand", "paxini")
CAMERAS = ("front", "right_wrist")
CHAINED = ("push-cans", "place-box")
"""Tasks that go through `chain`: hands stay open in one, and close in the other."""
NOISE = 0.01


class Part(StrEnum):
    DRAWN = "drawn"
    ALL = "all"
    CHAIN = "chain"


@dataclass
class Spent:
    """What a step took.

    Attributes:
        wall_s: By the clock.
        cpu_s: Of processors, in this process and those that worked for it.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Measures what is inside."""
    found, wall, cpu = Spent(), time.perf_counter(), _cpu_s()
    yield found
    found.wall_s, found.cpu_s = time.perf_counter() - wall, _cpu_s() - cpu


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Left out: all.")] = None,
    episodes: Annotated[
        int, typer.Option(min=1, help="Of `drawn`; of each hand in `chain` a fifth.")
    ] = 50,
    drawn: Annotated[
        int | None, typer.Option(min=1, help="How many of them are drawn. Left out: all.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Of each task and hand in `all`.")] = 4,
    chain_task: Annotated[list[str] | None, typer.Option(help="Tasks of `chain`.")] = None,
    processes: Annotated[int, typer.Option(min=1)] = 2,
    write: Annotated[bool, typer.Option(help="Whether the page is written.")] = True,
) -> None:
    """Measures, and writes docs/results/synth.md."""
    show, chain_tasks = _writer(write), chain_task or list(CHAINED)
    with tempfile.TemporaryDirectory(prefix="xlvla-bench-") as folder:
        place = Path(folder)
        for one in part or list(Part):
            if one is Part.DRAWN:
                _drawn(place, episodes, drawn or episodes, processes, show)
            elif one is Part.ALL:
                _all(place, sample, processes, show)
            else:
                for task in chain_tasks:
                    title, rows, notes = chain(place / task, task, max(2, episodes // 5), processes)
                    show(title, rows, notes)


Show = Callable[[str, str, list[str]], None]


def _writer(write: bool) -> Show:
    def show(title: str, rows: str, notes: list[str]) -> None:
        load = f"load {os.getloadavg()[0]:.1f} at the end"
        notes = [*notes, f"{today()}, {machine()}, {load}; others had a part of the processors."]
        if write:
            write_section(PAGE, title, rows, notes)
        else:
            print("\n".join([f"## {title}", "", rows, "", *notes, ""]))

    return show


def _drawn(place: Path, episodes: int, drawn: int, processes: int, show: Show) -> None:
    """One dataset, made, and some of it drawn."""
    plan = SynthPlan("push-cans", "xarm7+xhand:right", episodes, SEED, NOISE)
    with spent() as making:
        done = synthesize(plan, place / "raw", processes=min(processes, episodes))
    few = synthesize(replace(plan, episodes=drawn), place / "few")
    with spent() as drawing:
        render(RenderPlan(place / "few", CAMERAS), place / "seen", processes=processes)
    pictures = few.rows * len(CAMERAS)
    rows = [
        _row("simulated", making, done.kept, place / "raw"),
        _row("drawn", drawing, few.kept, place / "seen"),
    ]
    both = [making.wall_s / done.kept + drawing.wall_s / few.kept]
    both.append(making.cpu_s / done.kept + drawing.cpu_s / few.kept)
    header = ("what", "episodes", "wall [s] an episode", "CPU [s] an episode", "MB an episode")
    notes = [
        f"{plan.task} on {plan.embodiment}, noise {plan.noise:g} m, {processes} processes: "
        f"{done.successes} of {done.attempts} attempts were done ({100 * done.rate:.0f} %), "
        f"{done.rows} rows at 20 Hz.",
        f"{pictures} pictures of 224 x 224 from {' and '.join(CAMERAS)}: "
        f"{1e3 * drawing.cpu_s / pictures:.0f} ms of a core each, statistics and Parquet included.",
        f"Fifty such episodes with images: {50 * both[1] / 60:.1f} min of a core, so "
        f"{25 * both[1] / 60:.1f} min on two idle ones (wanted: 30); by the clock of this run, among "
        f"others' work, {50 * both[0] / 60:.0f} min.",
    ]
    show("A dataset with images", table(header, rows), notes)


def _row(what: str, took: Spent, episodes: int, out: Path) -> tuple[str, ...]:
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    numbers = (took.wall_s / episodes, took.cpu_s / episodes, size / episodes)
    return (what, str(episodes), *(f"{number:.1f}" for number in numbers))


@dataclass
class _Tally:
    """Every task on every hand, so far."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def _all(place: Path, sample: int, processes: int, show: Show) -> None:
    """State only, a few episodes of each."""
    tally = _Tally()
    for task in SCRIPTS:
        for hand in HANDS:
            _sampled(place, task, hand, sample, processes, tally)
    wall, cpu = (50 * sum(one) / 60 for one in (tally.wall_s, tally.cpu_s))
    header = ("task", "hand", "done", "rows", "wall [s] an episode", "CPU [s] an episode")
    notes = [
        f"{sample} attempts of each on xarm7, {processes} processes, started anew for each; failures "
        "are counted as time, and as episodes.",
        f"50 episodes of each of the {len(tally.rows)}: {cpu:.0f} min of a core, so {cpu / 2:.0f} min "
        f"on two idle ones (wanted: 60); by the clock of this run, {wall:.0f} min.",
    ]
    show("Every task on every hand, without images", table(header, tally.rows), notes)


def _sampled(place: Path, task: str, hand: str, sample: int, processes: int, tally: _Tally) -> None:
    print(f"{task} {hand} ...", file=sys.stderr)
    plan = SynthPlan(task, f"xarm7+{hand}:right", sample, SEED, NOISE, keep_failures=True)
    with spent() as took:
        done = synthesize(plan, place / f"{task}-{hand}", processes=min(processes, sample))
    tally.wall_s.append(took.wall_s / sample)
    tally.cpu_s.append(took.cpu_s / sample)
    tally.rows.append(
        (
            task,
            hand,
            f"{done.successes} of {done.attempts}",
            str(done.rows),
            f"{tally.wall_s[-1]:.1f}",
            f"{tally.cpu_s[-1]:.1f}",
        )
    )


assert RATE_HZ == 20.0, "what the notes say"

if __name__ == "__main__":
    typer.run(main)
