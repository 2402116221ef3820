"""Videos, copied through as they are: what a file shows is not looked at."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from xlvla_sdk.data import v21, v30
from xlvla_sdk.data.episode import VideoPart
from xlvla_sdk.data.info import CHUNK
from xlvla_sdk.errors import DataError

WHOLE = 1e-3
"""A part that begins later than this in its file [s] is not the file's first."""


class Videos(ABC):
    """Where a dataset's videos go.

    Args:
        root: The dataset's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._copied: dict[tuple[str, Path], tuple[int, int]] = {}
        self._files: dict[str, int] = {}

    @abstractmethod
    def copy(self, camera: str, episode: int, part: VideoPart) -> tuple[int, int, float, float]:
        """Copies the file of an episode's part; returns folder, file, and the part [s].

        Raises:
            DataError: The file is not there, or cannot be taken as it is.
        """

    def _copy(self, part: VideoPart, relative: str, episode: int) -> None:
        path = self._root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(part.path, path)
        except FileNotFoundError as error:
            raise DataError(
                f"{part.path}: there is no such file, and episode {episode} should be in it. Copy the "
                "dataset again, whole.",
                path=part.path,
                episode=episode,
            ) from error


class EpisodeVideos(Videos):
    """Format v2.1's way: a file an episode."""

    def copy(self, camera: str, episode: int, part: VideoPart) -> tuple[int, int, float, float]:
        key = (camera, part.path)
        if part.from_s > WHOLE or key in self._copied:
            raise DataError(
                f"{part.path}: holds several episodes (episode {episode} from {part.from_s:.3f} s "
                "on), and v2.1 wants a file for each. Videos are copied, not cut: write v3.0, or let "
                "LeRobot write the dataset with a file an episode.",
                path=part.path,
                episode=episode,
            )
        chunk = episode // CHUNK
        place = v21.VIDEO.format(episode_chunk=chunk, video_key=camera, episode_index=episode)
        self._copy(part, place, episode)
        self._copied[key] = (chunk, episode)
        return chunk, episode, part.from_s, part.to_s


class SharedVideos(Videos):
    """Format v3.0's way: as many episodes in a file as were in it."""

    def copy(self, camera: str, episode: int, part: VideoPart) -> tuple[int, int, float, float]:
        key = (camera, part.path)
        if key not in self._copied:
            number = self._files.get(camera, 0)
            self._files[camera] = number + 1
            chunk, file = divmod(number, CHUNK)
            place = v30.VIDEO.format(video_key=camera, chunk_index=chunk, file_index=file)
            self._copy(part, place, episode)
            self._copied[key] = (chunk, file)
        return *self._copied[key], part.from_s, part.to_s
