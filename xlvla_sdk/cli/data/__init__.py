"""`xlvla data ...`: datasets of demonstrations, a file a verb."""

from __future__ import annotations

import typer

from xlvla_sdk.cli.data.check import check
from xlvla_sdk.cli.data.convert import convert
from xlvla_sdk.cli.data.decode import decode
from xlvla_sdk.cli.data.encode import encode
from xlvla_sdk.cli.data.import_ import import_
from xlvla_sdk.cli.data.info import info
from xlvla_sdk.cli.data.merge import merge
from xlvla_sdk.cli.data.record import record
from xlvla_sdk.cli.data.render import render
from xlvla_sdk.cli.data.replay import replay
from xlvla_sdk.cli.data.synth import synth

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

VERBS = (
    ("info", info),
    ("import", import_),
    ("record", record),
    ("synth", synth),
    ("render", render),
    ("check", check),
    ("encode", encode),
    ("merge", merge),
    ("decode", decode),
    ("replay", replay),
    ("convert", convert),
)

for name, verb in VERBS:
    app.command(name)(verb)


@app.callback()
def data() -> None:
    """Datasets of demonstrations: LeRobot's formats v2.1 and v3.0, in and out.

    What is written appears whole at its place or not at all. Needs `pip install xlvla-sdk[data]`.

    \b
    Examples:
      xlvla data info demos/
    """
