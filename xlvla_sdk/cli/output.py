"""How commands speak: results to stdout, the rest to stderr; plain columns, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer


def say(text: str) -> None:
    """A result."""
    typer.echo(text)


def note(text: str) -> None:
    """Progress, or what the user should know beside the result."""
    typer.echo(text, err=True)


def say_json(data: Any) -> None:
    """A result for programs."""
    typer.echo(json.dumps(data, indent=2))


def columns(rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> str:
    """Rows of cells as aligned columns.

    Args:
        rows: The cells, the header first where there is one.
        right: Which columns are numbers and stand to the right.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for row in cells:
        placed = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(placed).rstrip())
    return "\n".join(lines)
