"""Text of a package's files: templates, Python literals, Markdown tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template

WIDTH = 100


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template's text with its `$names` filled in.

    Args:
        template: Its file's name in `templates/`, without `.txt`.
        values: Name to text; every name in the template has to be there.
    """
    text = (files("xlvla_sdk.scaffold") / "templates" / f"{template}.txt").read_text()
    return Template(text).substitute(values)


def literal(value: object, indent: int = 0) -> str:
    """A value as Python, as a formatter would lay it out: on one line where it fits.

    Args:
        value: Of dicts, tuples, strings and numbers.
        indent: Columns that stand before every further line.
    """
    short = _one_line(value)
    if len(short) + indent <= WIDTH - 12 or not isinstance(value, (Mapping, tuple)):
        return short
    inner = " " * (indent + 4)
    if isinstance(value, Mapping):
        rows = [f"{_one_line(key)}: {literal(item, indent + 4)}," for key, item in value.items()]
        return "\n".join(["{", *(inner + row for row in rows), " " * indent + "}"])
    rows = [f"{literal(item, indent + 4)}," for item in value]
    return "\n".join(["(", *(inner + row for row in rows), " " * indent + ")"])


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(header)} |", f"|{'--|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def wrapped(text: str) -> str:
    """A paragraph at the width of the files."""
    return textwrap.fill(" ".join(text.split()), WIDTH)


def _one_line(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_one_line(k)}: {_one_line(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_one_line, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float):
        return repr(round(float(value), 6) + 0.0)
    return repr(value)
