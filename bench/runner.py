"""Motion against servers that are slow, unsteady, and worse.

    python -m bench.runner                  # all of it, 10 minutes on an idle machine
    python -m bench.runner --seconds 5 --rounds 1      # quicker
    python -m bench.runner --body xarm7+inspire:right --part slow

Every server is a process of its own. Commands' times are those at which the driver is called.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy loads its linear algebra

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from bench import runner_faults, runner_smoothness
from bench.results import machine, table, today, write_section
from bench.runner_faults import FAULTS
from bench.runner_played import SLOW, Played, play
from bench.runner_rounds import Rounds

PAGE = "runner"
RATE_HZ = 100.0
HEADER = (
    "body",
    "server answers in",
    "period error, p50 [ms]",
    "p99 [ms]",
    "worst [ms]",
    "bare sleeps beside, p99 [ms]",
    "work a period, p50 [ms]",
    "p99 [ms]",
    "rows played",
    "dropped",
    "stale",
    "ran dry",
    "holds",
)


class Part(StrEnum):
    """A section of the page."""

    SLOW = "slow"
    SMOOTH = "smooth"
    FAULTS = "faults"


def main(
    body: Annotated[list[str] | None, typer.Option(help="What moves.")] = None,
    part: Annotated[list[Part] | None, typer.Option(help="Sections; all when left out.")] = None,
    seconds: Annotated[float, typer.Option(min=4.0, help="Of each run.")] = 20.0,
    rounds: Annotated[int, typer.Option(min=1, help="Of each slow server.")] = 3,
    write: Annotated[bool, typer.Option(help="Whether the page is written.")] = True,
) -> None:
    """Measures, and writes docs/results/runner.md."""
    bodies, parts = body or ["xhand:right", "xhand:both"], part or list(Part)
    if Part.SLOW in parts:
        slow(bodies, seconds, rounds, write)
    if Part.SMOOTH in parts:
        smooth(bodies[0], write)
    if Part.FAULTS in parts:
        faults(bodies[0], write)


def slow(bodies: Sequence[str], seconds: float, rounds: int, write: bool) -> None:
    """The table of slow servers."""
    found = [play(name, case, seconds) for _ in range(rounds) for name in bodies for case in SLOW]
    cases = [Rounds(found[first :: len(found) // rounds]) for first in range(len(found) // rounds)]
    notes = [
        f"{RATE_HZ:g} commands a second on simulated drivers, answers of 64 rows at 20 Hz that disagree "
        f"with each other; {rounds} rounds of {seconds:g} s, one case after the other in each: medians of "
        "the rounds, the worst and the counts of all. Period error: how far from 10 ms the time between "
        "two commands was, nothing left out. Bare sleeps: the same of a process beside it that only "
        "sleeps, what the machine itself allowed then. Work: processor time of the loop's thread.",
        "Stale: commands whose row was of another moment than theirs, by more than two periods, told "
        "from a column in which all answers agree; or of a chunk older than its horizon. "
        "Dropped: rows that passed while their answer travelled, the first answer's too.",
        goal(cases),
        _where(),
    ]
    _section("Slow servers", table(HEADER, [one.row() for one in cases]), notes, write)


def goal(cases: Sequence[Rounds]) -> str:
    """Whether the goals were reached."""
    late = [one for one in cases if one.median(Played.period_ms, 99) > 2.0]
    stale = sum(sum(one.stale) for one in cases)
    words = "reached by all" if not late else f"NOT reached by {', '.join(map(str, late))}"
    return f"Goals: p99 under 2 ms on an idle machine: {words}. No stale row: {stale} in all."


def smooth(body: str, write: bool) -> None:
    """The table of velocity steps."""
    rows = [runner_smoothness.row(body, case, fade) for case, fade in runner_smoothness.CASES]
    notes = [
        f"{body} at {RATE_HZ:g} Hz on a simulated clock, latencies injected, 120 s: no other work on "
        "this machine enters. A velocity step is how much the commanded velocity of a joint changed "
        "from one period to the next, its largest joint. At a border: for 500 ms after a chunk "
        "came (three periods where it takes over at once). The chunks themselves: what the new "
        "chunk would have had there if it had been played alone.",
        "Goal: the largest at borders no larger than the largest inside chunks, with the fade as it "
        "ships (250 ms at least). The rows with another fade show what it is for.",
        _where(),
    ]
    _section("Velocity at chunk borders", table(runner_smoothness.HEADER, rows), notes, write)


def faults(body: str, write: bool) -> None:
    """The table of faults."""
    rows = [runner_faults.row(body, fault) for fault in FAULTS]
    notes = [
        f"{body} at {RATE_HZ:g} Hz; the server answers in 50 ms until it goes wrong. Held after: from "
        "the end of the last chunk to the hold; the watchdog time is 300 ms. Resumed after: from "
        "when the server could answer again to the first new row; a server that hangs or answers "
        "late does so on the old connection only, and is given up when its rows would be "
        "too old (3.2 s).",
        _where(),
    ]
    _section("Servers that fail", table(runner_faults.HEADER, rows), notes, write)


def _where() -> str:
    return f"{today()}, {machine()}, load {os.getloadavg()[0]:.1f}."


def _section(title: str, rows: str, notes: list[str], write: bool) -> None:
    if write:
        write_section(PAGE, title, rows, notes)
        return
    print("\n".join([f"## {title}", "", rows, "", *(f"- {note}" for note in notes)]))


if __name__ == "__main__":
    typer.run(main)
