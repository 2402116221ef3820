"""Options that the verbs of `xlvla data` share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.output import note
from xlvla_sdk.errors import DataError


class Version(StrEnum):
    """LeRobot's formats."""

    V21 = "v2.1"
    V30 = "v3.0"


Source = Annotated[Path, typer.Argument(metavar="DATASET", help="The dataset's folder.")]
Out = Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write; must not be there yet.")]
To = Annotated[
    Version, typer.Option("--to", help="v2.1 is what openpi reads, v3.0 what LeRobot does.")
]
Processes = Annotated[
    int | None, typer.Option(min=1, help="How many work side by side. Left out: one a core.")
]
Horizon = Annotated[int | None, typer.Option(min=1, help="Rows of a policy's chunk. Left out: 64.")]


def progress(what: str) -> Callable[[int, int], None] | None:
    """Counts episodes on stderr, when that is a terminal."""
    if not sys.stderr.isatty():
        return None

    def told(done: int, of: int) -> None:
        end = "\n" if done == of else "\r"
        sys.stderr.write(f"{what}: {done} of {of} episodes{end}")
        sys.stderr.flush()

    return told


def say_samples(rows: int, samples: int, short: int, horizon: int) -> None:
    """Says from how many rows a whole chunk can be learned."""
    note(f"{samples} of {rows} rows begin a whole chunk of {horizon} (sample_mask)")
    if short:
        note(f"{short} episodes are shorter than a chunk: nothing is learned from them (--horizon)")


def cores(asked: int | None) -> int:
    """How many processes: what was asked for, or one for each core that may be used."""
    if asked is not None:
        return asked
    usable = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(usable(0)) if usable else os.cpu_count() or 1


def shift_of(text: str | None) -> tuple[float, float, float] | None:
    """What --shift says [m]; DataError when it is no X,Y,Z."""
    if text is None:
        return None
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise DataError(f"--shift {text} is not X,Y,Z. Write it as in --shift 0,0,0.1.") from error
    return x, y, z
