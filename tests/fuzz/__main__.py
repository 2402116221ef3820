"""Fuzzes every parser and firmware, guided by coverage.

    python -m tests.fuzz --seconds 3600
    python -m tests.fuzz ability-frames xhand-state --seconds 60
    python -m tests.fuzz --seconds 3600 --write    # puts the table into docs/results/drivers.md

An hour is shared among the targets. What breaks one is kept in `--found` and named at the end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.results import machine, table, today, write_section
from tests.fuzz.guided import HEADER, LONGEST, MEMORY_MB, NAMES, SLOWEST_S, Run, fuzz


def main() -> int:
    """Runs them one after the other; 1 when one of them broke."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz")
    words.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)}")
    words.add_argument("--seconds", type=float, default=60.0, help="for all of them together")
    words.add_argument("--found", type=Path, default=Path(".bench/fuzz"), help="where inputs go")
    words.add_argument("--write", action="store_true", help="the table, into docs/results")
    given = words.parse_args()
    chosen = given.targets or NAMES
    if unknown := set(chosen) - set(NAMES):
        words.error(f"no target is called {', '.join(sorted(unknown))}")
    runs = []
    for name in chosen:
        runs.append(fuzz(name, given.seconds / len(chosen), given.found))
        print(runs[-1], flush=True)  # noqa: T201
    if given.write:
        write(runs, given.seconds)
    return 0 if all(run.sound for run in runs) else 1


def write(runs: Sequence[Run], seconds: float) -> None:
    """The section of the drivers' page."""
    broken = [run.name for run in runs if not run.sound]
    notes = [
        f"Guided by coverage (atheris), {seconds / 60:.3g} minutes for all of them together. An "
        "input counts as a finding when it raises what is not ours, when a parser or an emulated "
        f"device keeps what it was sent, takes {SLOWEST_S} s, or fills {MEMORY_MB} MiB. Inputs are "
        f"{LONGEST} bytes at the most; a part of them is put into frames whose sums are right.",
        "Branches: how much of the watched code (drivers, emulated devices, plugins) the inputs "
        "reached.",
        f"Findings: {', '.join(broken) or 'none'}.",
        f"{today()}, {machine()}.",
    ]
    rows = [run.row() for run in runs]
    write_section("drivers", "Fuzzing", table(HEADER, rows), notes)


if __name__ == "__main__":
    sys.exit(main())
