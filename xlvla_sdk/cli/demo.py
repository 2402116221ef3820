"""`xlvla demo`: a new hand joins, and every right hand plays one motion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import say, say_json


def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write.")] = Path("demo-out"),
    recording: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The motion. Left out: a generated one.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="HAND", help="Whose motion it is, or in whose joints it is."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Onboard a new hand; play a motion on every hand.

    Trains the example vendor's hand in a data folder of its own, serves a motion, runs it on every
    right hand in MuJoCo, and writes a contact sheet, an animation and the measures. Exit status 1
    says that a pinch was missed which the hand could have reached.

    \b
    Examples:
      xlvla demo
      xlvla demo --recording teleop.npz --from inspire:right --out teleop-demo
    """
    from xlvla_sdk.cli.devices import devices
    from xlvla_sdk.demo.demo import run_demo
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.registry import registry

    hand = None if source is None else registry().hand(source)
    motion = None if recording is None else Recording.load(recording)
    if not as_json:
        devices()
    report = run_demo(out, motion, hand)
    if as_json:
        say_json(report.to_json())
    else:
        say(f"\n{report.table()}")
    if not report.measures.passed:
        raise typer.Exit(1)
