"""`xlvla data import`: files that a lab has become a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.data.bodies import ColumnsOption
from xlvla_sdk.cli.data.sharing import Out, To, Version
from xlvla_sdk.cli.output import note, say


def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help=".npz, .h5 or .hdf5; an episode each.")
    ],
    out: Out,
    columns: ColumnsOption = None,
    task: Annotated[str, typer.Option(help="What is done, in words.")] = "",
    fps: Annotated[
        float | None,
        typer.Option(min=0.1, help="Rows per second. Left out: the files' own, rounded."),
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=8, metavar="PIXELS", help="Bring pictures to this size.")
    ] = None,
    to: To = Version.V30,
) -> None:
    """Make a dataset of raw joints from NPZ or HDF5 files.

    Recordings of the SDK say themselves where their joints stand; of other files --columns says
    it. Rows are brought to a steady rate, linearly between their neighbours. Pictures that --columns
    names, in arrays or as files beside, become columns of the dataset.

    \b
    Examples:
      xlvla data import teleop.npz --task "pick up the can" --out demos/
      xlvla data import episode_*.h5 --columns aloha.toml --out demos/
    """
    from xlvla_sdk.data.columns import ColumnsFile
    from xlvla_sdk.data.importing import import_files

    said = ColumnsFile.load(columns) if columns else None
    done = import_files(files, out, columns=said, task=task, fps=fps, version=str(to), size=size)
    for path, one in zip(files, done, strict=True):
        note(
            f"{path}: {one.measured_hz:.2f} Hz, {one.longest_s * 1e3:.0f} ms between two rows at most"
        )
        if one.unused:
            note(f"{path}: not imported: {', '.join(one.unused)}")
    if done[0].action is None:
        note("There are no actions, and `encode` needs them: say [action] in --columns.")
    from xlvla_sdk.data.dataset import Dataset

    made = Dataset.open(out).info
    say(f"{out}: {to}, {made.episodes} episodes, {made.frames} rows at {made.fps:g} Hz")
