"""Writes what a bench measured into docs/results/, a section a measurement."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


def write_section(page: str, title: str, table: str, notes: list[str]) -> None:
    """Prints a section and puts it into `docs/results/<page>.md` in place of its older self."""
    body = "\n".join([f"## {title}", "", table, "", *(f"- {note}" for note in notes), "", ""])
    print(body.rstrip())
    path = RESULTS / f"{page}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.is_file() else _head(page)
    found = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.M | re.S)
    text = found.sub(lambda _: body, text) if found.search(text) else f"{text.rstrip()}\n\n{body}"
    path.write_text(f"{text.rstrip()}\n")


def rows_of(page: str, title: str) -> list[list[str]]:
    """The rows of a section's table as the page has it now, without its header; none without one."""
    path = RESULTS / f"{page}.md"
    text = path.read_text() if path.is_file() else ""
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    lines = [line for line in (section[1] if section else "").splitlines() if line[:2] == "| "]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[2:]]


def merged(
    old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], keys: int
) -> list[Sequence[str]]:
    """Rows, those that were measured anew in the place of their older selves.

    Args:
        old: Of the page.
        new: Measured now.
        keys: How many of the first cells say which row it is.
    """
    fresh = {tuple(row[:keys]): row for row in new}
    kept = [fresh.pop(tuple(row[:keys]), row) for row in old]
    return [*kept, *fresh.values()]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["--" for _ in header], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """The processor and how many cores may be used."""
    cores = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}"


def today() -> str:
    return date.today().isoformat()


def _head(page: str) -> str:
    return f"# Results: {page}\n\nWritten by `python -m bench.{page}`, not by hand.\n"
