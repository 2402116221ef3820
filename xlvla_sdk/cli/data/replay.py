"""`xlvla data replay`: a dataset's actions on a simulated body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.data.bodies import StationFile, coded
from xlvla_sdk.cli.data.sharing import Source, shift_of
from xlvla_sdk.cli.hardware import station_of
from xlvla_sdk.cli.options import AsJson, Space
from xlvla_sdk.cli.output import columns, note, say, say_json

if TYPE_CHECKING:
    from xlvla_sdk.synthesis import Replayed


def replay(
    dataset: Source,
    embodiment: Annotated[
        str | None,
        typer.Option(metavar="EMBODIMENT", help="Decode for this body first; an encoded dataset."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(metavar="DATASET", help="What it was decoded from, to compare fingers with."),
    ] = None,
    shift: Annotated[
        str | None, typer.Option(metavar="X,Y,Z", help="With --embodiment, as `decode` has it.")
    ] = None,
    station: StationFile = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Play a dataset's actions in simulation: is the task done, and do the fingers pinch?

    Things begin where they began when the episode was simulated. The task's judge says whether it was
    done; the pinch error is how far the distance from thumb to finger is from the source's, in
    the same rows.

    \b
    Examples:
      xlvla data replay pushes/
      xlvla data replay all/ --embodiment xarm7+ability:right
      xlvla data replay ability-demos/ --source all/
    """
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.synthesis import replay, replay_decoded

    found = Dataset.open(dataset)
    if embodiment is None:
        compared = Dataset.open(source) if source else None
        done = replay(found, compared, station_of(station), _told)
    else:
        layout = found.sidecar.layout if found.sidecar else None
        own = found.sidecar.space if found.sidecar else None
        body = coded(embodiment, layout, space or own, station)
        done = replay_decoded(
            found, body.layout, body.codecs, station_of(station), shift_of(shift), _told
        )
    if as_json:
        say_json([asdict(one) for one in done])
    else:
        _say(done)


def _told(one: Replayed) -> None:
    note(f"episode {one.episode}: {one.failure or f'done at {one.done_s:.1f} s'}")


def _say(done: Sequence[Replayed]) -> None:
    from xlvla_sdk.synthesis.replaying import mean_errors

    say(
        columns(
            [
                ("done", f"{sum(one.success for one in done)} of {len(done)}"),
                ("when it was made", f"{sum(one.recorded for one in done)} of {len(done)}"),
            ]
        )
    )
    rows = [
        (finger, f"{asked * 1e3:.2f}", f"{measured * 1e3:.2f}")
        for finger, (asked, measured) in mean_errors(done).items()
    ]
    if rows:
        say("")
        say(columns([("PINCH ERROR", "ROWS [mm]", "PLAYED [mm]"), *rows], right=(1, 2)))
