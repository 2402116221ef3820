"""`xlvla data decode`: rows of a layout become another body's joints."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.data.bodies import StationFile, Whose, coded
from xlvla_sdk.cli.data.sharing import Out, Source, To, Version, progress, shift_of
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say


def decode(
    dataset: Source,
    embodiment: Whose,
    out: Out,
    cameras: Annotated[
        bool,
        typer.Option("--cameras", help="Keep pictures, though they show who was recorded."),
    ] = False,
    shift: Annotated[
        str | None, typer.Option(metavar="X,Y,Z", help="Moves every pinch point [m], task frame.")
    ] = None,
    station: StationFile = None,
    to: To = Version.V30,
    space: Space = None,
) -> None:
    """Turn encoded rows into raw joints of another body.

    Hands follow through the latent; arms hold them where the pinch point and the palm were. An arm
    that follows less than 95 % of an episode is refused, with the shift that helps.

    \b
    Examples:
      xlvla data decode latents/ --embodiment xarm7+xhand:right --out xhand-demos/
    """
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.data.decoding import decode as decoded

    found = Dataset.open(dataset)
    sidecar = found.sidecar
    body = coded(
        embodiment,
        sidecar.layout if sidecar else None,
        space or (sidecar.space if sidecar else None),
        station,
    )
    done = decoded(
        found,
        body.layout,
        out,
        codecs=body.codecs,
        station=body.station,
        version=str(to),
        cameras=cameras,
        shift=shift_of(shift),
        told=progress("decode"),
    )
    if done.dropped:
        note(f"left out, since they show another body: {', '.join(done.dropped)} (--cameras)")
    say(
        f"{out}: {body.layout.embodiment.name}, {done.rows} rows, {done.followed:.1%} of them within "
        f"5 mm and 3 degrees, furthest {done.furthest * 1e3:.1f} mm"
    )
