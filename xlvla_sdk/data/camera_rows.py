"""What a camera saw, row by row: pixels, from pictures in the Parquet files or from a video beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.pictures import IMAGES, decoded
from xlvla_sdk.errors import DataError


def cameras_of(dataset: Dataset) -> tuple[str, ...]:
    """The cameras that a dataset has pictures or videos of, by their names, in its order."""
    features = dataset.info.features
    return tuple(
        name.removeprefix(IMAGES)
        for name, one in features.items()
        if name.startswith(IMAGES) and one.is_camera
    )


def camera_rows(
    dataset: Dataset, episode: Episode, camera: str
) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """The picture of each row of an episode, decoded one after the other.

    Args:
        dataset: Whose episode it is.
        episode: Its rows.
        camera: One of `cameras_of`.

    Raises:
        DataError: A picture is damaged, a video is missing, damaged or too short, or PyAV is not there
            to decode it.
    """
    name = IMAGES + camera
    if dataset.feature(name).dtype == "video":
        return _of_video(dataset, episode, name)
    return _of_column(episode, name)


def _of_column(episode: Episode, name: str) -> Iterator[np.ndarray]:
    for row, value in enumerate(episode.column(name)):
        yield decoded(value.as_py(), f"{episode.where}, '{name}', row {row}")


def _of_video(dataset: Dataset, episode: Episode, name: str) -> Iterator[np.ndarray]:
    from xlvla_sdk.data.reencoding import shown_pictures

    part = episode.info.videos.get(name)
    if part is None:
        raise DataError(
            f"{episode.where}: meta/ does not say which video shows '{name}'. Copy meta/ again."
        )
    return shown_pictures(part, len(episode), dataset.info.fps, f"{part.path} ({episode.where})")
