"""`xlvla data merge`: datasets of several hands become one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.data.sharing import Horizon, To, Version, progress, say_samples
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.errors import DataError


def merge(
    datasets: Annotated[
        list[Path],
        typer.Argument(metavar="DATASET... OUT", help="Encoded datasets, then where to write."),
    ],
    camera: Annotated[
        list[str] | None,
        typer.Option("--camera", metavar="NAME", help="Keep this camera; may be repeated."),
    ] = None,
    no_cameras: Annotated[bool, typer.Option("--no-cameras", help="Keep none.")] = False,
    horizon: Horizon = None,
    to: To = Version.V30,
) -> None:
    """Pool datasets of several hands into one to train on.

    All must be encoded in one layout, space and rate. Raw joints are padded to the widest body's,
    with a mask; meta/xlvla.json says whose each episode is. `sample_mask` is false where
    a chunk would go on beyond the episode's end.

    \b
    Examples:
      xlvla data merge inspire/ xhand/ paxini/ all/ --to v2.1
      xlvla data merge inspire/ xhand/ all/ --camera observation.images.front
    """
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.data.merging import merge as merged

    *sources, out = datasets
    if no_cameras and camera:
        raise DataError("--camera and --no-cameras contradict each other. Leave one of them out.")
    found = [Dataset.open(path) for path in sources]
    kept = [] if no_cameras else camera
    done = merged(
        found, out, version=str(to), cameras=kept, horizon=horizon, told=progress("merge")
    )
    if done.dropped:
        note(f"left out, since not all have them alike or you said so: {', '.join(done.dropped)}")
    made = Dataset.open(out)
    assert made.sidecar is not None
    say_samples(done.rows, done.samples, done.short, made.sidecar.horizon)
    for number, body in enumerate(made.sidecar.bodies):
        say(f"{body.embodiment}: {made.sidecar.episodes.count(number)} episodes")
    say(f"{out}: {to}, {made.info.episodes} episodes, {done.rows} rows at {made.info.fps:g} Hz")
