"""`xlvla data encode`: raw joints become rows of a layout."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.data.bodies import ColumnsOption, LayoutName, StationFile, Whose, coded
from xlvla_sdk.cli.data.sharing import Horizon, Out, Source, To, Version, progress, say_samples
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say


def encode(
    dataset: Source,
    embodiment: Whose,
    out: Out,
    layout: LayoutName = None,
    columns: ColumnsOption = None,
    station: StationFile = None,
    clip: Annotated[
        bool, typer.Option("--clip", help="Clip joints more than 5 mrad outside their limits too.")
    ] = False,
    reencode: Annotated[
        bool,
        typer.Option(
            "--reencode", help="Bring datasets with cameras to 20 Hz, too; videos are encoded anew."
        ),
    ] = False,
    horizon: Horizon = None,
    to: To = Version.V30,
    space: Space = None,
) -> None:
    """Turn raw joints into rows that mean the same on every body.

    `observation.state` and `action` become rows of the layout; raw joints stand beside them, and
    meta/xlvla.json says layout, space, codecs and body. Joints are found by the names in info.json;
    where those say nothing, --columns must. A dataset without cameras becomes one of 20 Hz; with
    cameras the rate stays, unless --reencode (videos need `pip install xlvla-sdk[video]`). A hand
    without a codec is onboarded first.

    \b
    Examples:
      xlvla data encode demos/ --embodiment xarm7+inspire:right --out latents/
      xlvla data encode demos/ --embodiment xhand:right --columns joints.toml --out latents/
    """
    from xlvla_sdk.data.columns import ColumnsFile
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.data.encoding import JointPlaces
    from xlvla_sdk.data.encoding import encode as encoded
    from xlvla_sdk.data.rows import HORIZON
    from xlvla_sdk.registry import registry

    found = Dataset.open(dataset)
    said = ColumnsFile.load(columns) if columns else None
    JointPlaces.of(found, registry().embodiment(embodiment).joints, said)  # before any training
    body = coded(embodiment, layout, space, station)
    done = encoded(
        found,
        body.layout,
        out,
        codecs=body.codecs,
        station=body.station,
        columns=said,
        version=str(to),
        horizon=horizon or HORIZON,
        clip=clip,
        reencode=reencode,
        told=progress("encode"),
    )
    for joint, by in done.clipped.items():
        note(f"'{joint}' was clipped to its limits, by {by:.3g} at most")
    if done.dropped:
        note(f"now in observation.joint_position: {', '.join(done.dropped)}")
    say_samples(done.rows, done.samples, done.short, horizon or HORIZON)
    rows = body.layout
    say(
        f"{out}: {rows.name} {rows.space or ''}, {rows.width} wide, {done.rows} rows at "
        f"{done.rate_hz:g} Hz"
    )
