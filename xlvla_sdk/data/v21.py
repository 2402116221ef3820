"""Format v2.1, what openpi reads: a Parquet file an episode, and meta/ in JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.data.episode import EpisodeInfo, VideoPart
from xlvla_sdk.data.info import CHUNK, V21, Info
from xlvla_sdk.data.statistics import Statistics, plain
from xlvla_sdk.errors import DataError

DATA = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"


def read_tasks(root: Path) -> dict[int, str]:
    """Task index to what to do."""
    return {
        int(line["task_index"]): str(line["task"]) for line in _lines(root / "meta" / "tasks.jsonl")
    }


def read_episodes(root: Path, info: Info) -> list[EpisodeInfo]:
    """Every episode, in order."""
    pictures = _picture_statistics(root, info)
    return [
        _episode(root, info, line, pictures.get(int(line["episode_index"]), {}))
        for line in _lines(root / "meta" / "episodes.jsonl")
    ]


def place(info: Info, template: str, index: int, video: str = "") -> str:
    """The path of an episode's file."""
    return template.format(episode_chunk=index // info.chunk, episode_index=index, video_key=video)


class Meta:
    """Writes meta/ as episodes come.

    Args:
        root: The dataset's folder.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "meta"
        self._folder.mkdir(exist_ok=True)
        self._episodes = (self._folder / "episodes.jsonl").open("w")
        self._statistics = (self._folder / "episodes_stats.jsonl").open("w")

    def add(
        self, index: int, length: int, tasks: list[str], stats: Mapping[str, Statistics]
    ) -> None:
        """Notes an episode."""
        line = {"episode_index": index, "tasks": tasks, "length": length}
        self._episodes.write(_line(line))
        said = {name: plain(one) for name, one in stats.items()}
        self._statistics.write(_line({"episode_index": index, "stats": said}))

    def finish(self, tasks: Mapping[str, int]) -> dict[str, Any]:
        """Writes the tasks; returns what info.json of this format says beside the rest."""
        self.close()
        with (self._folder / "tasks.jsonl").open("w") as file:
            file.writelines(_line({"task_index": n, "task": task}) for task, n in tasks.items())
        return {"codebase_version": V21, "data_path": DATA}

    def close(self) -> None:
        """Closes the files; may be called again."""
        self._episodes.close()
        self._statistics.close()


def _episode(
    root: Path, info: Info, line: Mapping[str, Any], pictures: Mapping[str, Statistics]
) -> EpisodeInfo:
    index, length = int(line["episode_index"]), int(line["length"])
    videos = {
        name: VideoPart(
            root / place(info, str(info.video_path), index, name), 0.0, length / info.fps
        )
        for name in info.videos
    }
    path = root / place(info, info.data_path, index)
    return EpisodeInfo(index, length, path, 0, videos, pictures)


def _picture_statistics(root: Path, info: Info) -> dict[int, dict[str, Statistics]]:
    """Of cameras alone: numbers are measured again whenever they are written."""
    path = root / "meta" / "episodes_stats.jsonl"
    if not info.cameras or not path.is_file():
        return {}
    return {
        int(line["episode_index"]): {
            camera: {name: np.asarray(value) for name, value in line["stats"][camera].items()}
            for camera in info.cameras
            if camera in line["stats"]
        }
        for line in _lines(path)
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open() as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _parsed(path, number, line)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). A dataset of {V21} has it; copy it again.",
            path=path,
        ) from error


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        return json.loads(line)
    except ValueError as error:
        raise DataError(
            f"{path}: line {number} is no JSON ({error}): the file was cut off, or is damaged. Copy it "
            "again.",
            path=path,
            line=number,
        ) from error


def _line(said: Mapping[str, Any]) -> str:
    return json.dumps(said) + "\n"


__all__ = ["CHUNK", "DATA", "VIDEO", "Meta", "place", "read_episodes", "read_tasks"]
