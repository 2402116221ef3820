"""A dataset in the other format: the same rows, pictures, tasks and videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import INDICES
from xlvla_sdk.data.writer import written

Told = Callable[[int, int], None]
"""Is called with how many episodes are done, and of how many."""


def convert(dataset: Dataset, version: str, out: Path, told: Told | None = None) -> None:
    """Writes a dataset as another version; indices and statistics of numbers are made anew.

    Args:
        dataset: What to convert; the same version is copied.
        version: `v3.0` or `v2.1`.
        out: A folder that does not exist yet.
        told: Is told of progress.

    Raises:
        DataError: A file is missing or damaged, or videos would have to be cut.
    """
    info, sidecar = dataset.info, dataset.sidecar
    features = {name: one for name, one in info.features.items() if name not in INDICES}
    stored = [name for name, one in features.items() if one.dtype != "video"]
    with written(
        out,
        features,
        info.fps,
        version,
        robot_type=info.robot_type,
        sidecar=sidecar,
        std_floor=sidecar.std_floor if sidecar else 0.0,
        splits=info.splits,
    ) as writer:
        for number, episode in enumerate(dataset):
            columns = {name: episode.column(name) for name in stored}
            writer.add(
                columns,
                episode.prompts,
                videos=episode.info.videos,
                pictures=episode.info.pictures,
                body=sidecar.episodes[number] if sidecar else 0,
                simulated=dataset.simulated(number),
            )
            if told is not None:
                told(number + 1, len(dataset))
