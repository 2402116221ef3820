"""`xlvla data convert`: a dataset in LeRobot's other format."""

from __future__ import annotations

from xlvla_sdk.cli.data.sharing import Out, Source, To, progress
from xlvla_sdk.cli.output import say


def convert(dataset: Source, to: To, out: Out) -> None:
    """Write a dataset in the other format: the same rows, pictures, tasks and videos.

    Videos are copied untouched. v2.1 wants a video file for each episode, so one that holds
    several is refused. Statistics of numbers are measured again, those of pictures are kept.

    \b
    Examples:
      xlvla data convert demos/ --to v2.1 --out demos-v21/
    """
    from xlvla_sdk.data.converting import convert as converted
    from xlvla_sdk.data.dataset import Dataset

    found = Dataset.open(dataset)
    converted(found, str(to), out, progress("convert"))
    say(f"{out}: {to}, {found.info.episodes} episodes, {found.info.frames} rows")
