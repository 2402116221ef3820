"""How fast datasets are encoded, converted and merged, and whether LeRobot's own readers agree.

    python -m bench.data                          # a million rows, some minutes
    python -m bench.data --rows 100000 --no-write
    python -m bench.data --lerobot-python v3.0=VENV/bin/python --lerobot-python v2.1=OTHER/bin/python

Every measurement runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench import data_made
from bench.data_readers import Agreement, agreements
from bench.results import machine, table, today, write_section

PAGE = "data"
HEADER = ("what", "rows", "s", "CPU s", "rows/s", "MB", "MB/s", "copy MB/s", "peak MB")


@dataclass(frozen=True)
class Measured:
    """One step.

    Attributes:
        what: Its name.
        rows: Rows that it read.
        seconds: How long it took.
        cpu_s: Time of the processor in it.
        bytes_: How large what it wrote is.
        copied_s: How long copying those bytes took, right after.
        peak_mb: Peak of the process's memory.
    """

    what: str
    rows: int
    seconds: float
    cpu_s: float
    bytes_: int
    copied_s: float
    peak_mb: float

    def row(self) -> tuple[str, ...]:
        mb = self.bytes_ / 1e6
        return (
            self.what,
            str(self.rows),
            f"{self.seconds:.1f}",
            f"{self.cpu_s:.1f}",
            f"{self.rows / self.seconds:.0f}",
            f"{mb:.0f}",
            f"{mb / self.seconds:.0f}",
            f"{mb / self.copied_s:.0f}",
            f"{self.peak_mb:.0f}",
        )


def main(
    rows: Annotated[int, typer.Option(min=2000, help="Without images.")] = 1_000_000,
    pictures: Annotated[int, typer.Option(min=200, help="Rows with an image each.")] = 10_000,
    lerobot_python: Annotated[
        list[str] | None,
        typer.Option(metavar="VERSION=PATH", help="An interpreter with LeRobot, v3.0 or v2.1."),
    ] = None,
    write: Annotated[bool, typer.Option(help="Whether the page is written.")] = True,
) -> None:
    """Measures, and writes docs/results/data.md."""
    with tempfile.TemporaryDirectory(prefix="xlvla-bench-") as folder:
        place = Path(folder)
        _section("Speed without images", _numbers(place / "numbers", rows), write)
        _section("Speed with images", _images(place / "images", pictures), write)
        found = agreements(place / "numbers", lerobot_python or [])
        _readers(found, write)


def step(what: str, folder: Path, rows: int) -> None:
    """One measurement, in this process; its result is JSON on stdout."""
    run: Callable[[Path, int], Path] = data_made.STEPS[what]
    before, cpu = time.perf_counter(), time.process_time()
    out = run(folder, rows)
    seconds, cpu_s = time.perf_counter() - before, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bytes_ = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    before = time.perf_counter()
    shutil.copytree(out, folder / "copy")
    copied = time.perf_counter() - before
    shutil.rmtree(folder / "copy")
    found = Measured(what, data_made.rows_of(out), seconds, cpu_s, bytes_, copied, peak)
    print(json.dumps(vars(found)))


def _numbers(folder: Path, rows: int) -> list[Measured]:
    folder.mkdir()
    names = ("make", "encode", "to v2.1", "to v3.0", "merge")
    return [_measured(name, folder, rows) for name in names]


def _images(folder: Path, rows: int) -> list[Measured]:
    folder.mkdir()
    names = ("make with images", "to v2.1", "to v3.0")
    return [_measured(name, folder, rows) for name in names]


def _measured(what: str, folder: Path, rows: int) -> Measured:
    print(f"{what} ...", file=sys.stderr)
    words = [sys.executable, "-m", "bench.data", "step", what, str(folder), str(rows)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _section(title: str, found: list[Measured], write: bool) -> None:
    notes = [
        "encode: thirteen joints of xarm7+inspire:right to rows of xl-1, 41 wide, state and action, "
        "the joints beside them; to v2.1 and v3.0: the encoded dataset converted; merge: the encoded "
        "dataset twice. Episodes of 1000 rows. MB is what was written, copy is a plain copy of it.",
        "CPU s is the process's own time; where it is far below s, others had the processor.",
        f"{machine()}, load {os.getloadavg()[0]:.1f} at the end, {today()}.",
    ]
    if "images" in title and "without" not in title:
        notes[0] = "An image a row, 20 kB that do not compress, as JPEG has it. MB as above."
    rows = table(HEADER, [one.row() for one in found])
    _write(title, rows, notes, write)


def _readers(found: list[Agreement], write: bool) -> None:
    if not found:
        print(
            "SKIPPED: LeRobot's readers were not asked. Give --lerobot-python v3.0=PATH.",
            file=sys.stderr,
        )
        return
    rows = table(Agreement.HEADER, [one.row() for one in found])
    notes = [
        "A merged dataset of two bodies opened by LeRobot's own `LeRobotDataset`, with action "
        "chunks of four rows and with one episode alone; largest difference to what was written, "
        f"over every row of `observation.state` and `action`. {today()}."
    ]
    _write("LeRobot's readers", rows, notes, write)


def _write(title: str, rows: str, notes: list[str], write: bool) -> None:
    if write:
        write_section(PAGE, title, rows, notes)
    else:
        print("\n".join([f"## {title}", "", rows, "", *notes, ""]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        typer.run(main)
