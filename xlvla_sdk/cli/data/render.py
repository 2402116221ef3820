"""`xlvla data render`: pictures of simulated demonstrations, drawn from their states."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.data.sharing import Processes, Source, Version, cores, progress
from xlvla_sdk.cli.options import listed
from xlvla_sdk.cli.output import say


def render(
    dataset: Source,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Must not be there yet.")],
    cameras: Annotated[
        str, typer.Option(metavar="NAME,...", help="front, side, right_wrist, left_wrist.")
    ] = "front",
    size: Annotated[
        int, typer.Option(min=16, max=1600, help="Height and width of the pictures [px].")
    ] = 224,
    processes: Processes = None,
    to: Annotated[
        Version | None, typer.Option("--to", help="Left out: the dataset's own format.")
    ] = None,
) -> None:
    """Draw what cameras see in a dataset that `synth` made: JPEG, in the Parquet files.

    Everything that the dataset had stays. It may have been encoded, or merged with others of the
    same body. When it is interrupted, the same command goes on with the episodes that
    are left. The body, the scene and MuJoCo must be those it was simulated with, which is checked.

    \b
    Examples:
      xlvla data render pushes/ pushes-seen/ --cameras front,right_wrist
    """
    from xlvla_sdk.synthesis import RenderPlan, render

    named = listed(cameras) or ()
    plan = RenderPlan(dataset, named, size)
    told = progress("render")
    version = None if to is None else str(to)
    made = render(plan, out, version=version, processes=cores(processes), told=told).info
    say(
        f"{out}: {made.version}, {made.episodes} episodes, {made.frames} rows, "
        f"{size} x {size} from {', '.join(named)}"
    )
