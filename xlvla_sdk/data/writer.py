"""DatasetWriter: a LeRobot dataset of either format, written one episode at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.data import v21, v30
from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.episode import VideoPart, numbers
from xlvla_sdk.data.features import INDICES, Feature, Features, arrow_type
from xlvla_sdk.data.info import CHUNK, V21, VERSIONS
from xlvla_sdk.data.parquet_files import FileAnEpisode, SharedFiles
from xlvla_sdk.data.sidecar import Sidecar
from xlvla_sdk.data.simulated import Simulated
from xlvla_sdk.data.statistics import Pooled, Statistics, plain, pooled_pictures, statistics
from xlvla_sdk.data.videos import EpisodeVideos, SharedVideos
from xlvla_sdk.errors import DataError
from xlvla_sdk.storage import folder_written_beside

Column = np.ndarray | pa.ChunkedArray


class DatasetWriter:
    """Writes episodes into a folder; `written` is what to call.

    Args:
        root: An empty folder.
        features: Columns beside the indices, which the writer fills itself.
        fps: Rows per second.
        version: `v3.0` or `v2.1`.
        robot_type: What info.json calls the robot.
        sidecar: What meta/xlvla.json says; whose each episode is comes with the episodes.
        std_floor: Least deviation in meta/stats.json.
        splits: Names to ranges of episodes; all are `train` when left out.

    Attributes:
        root: The folder.

    Raises:
        DataError: No such version.
    """

    def __init__(
        self,
        root: Path,
        features: Features,
        fps: float,
        version: str,
        *,
        robot_type: str | None = None,
        sidecar: Sidecar | None = None,
        std_floor: float = 0.0,
        splits: Mapping[str, str] | None = None,
    ) -> None:
        if version not in VERSIONS:
            raise DataError(f"datasets are not written as {version}: {' or '.join(VERSIONS)}.")
        own = {name: one for name, one in features.items() if name not in INDICES}
        self._features = {**own, **INDICES}
        self.root, self._fps, self._version = root, fps, version
        self._robot_type, self._sidecar, self._floor = robot_type, sidecar, std_floor
        self._splits = splits
        self._tasks: dict[str, int] = {}
        self._bodies: list[int] = []
        self._simulated: list[Simulated | None] = []
        self._rows = 0
        old = version == V21
        self._meta = v21.Meta(root) if old else v30.Meta(root)
        self._files = (FileAnEpisode if old else SharedFiles)(root, self._features)
        self._videos = (EpisodeVideos if old else SharedVideos)(root)
        self._pooled = {k: Pooled(one.width) for k, one in self._features.items() if one.is_vector}
        self._pictures: dict[str, list[Statistics]] = {
            name: [] for name, one in self._features.items() if one.is_camera
        }

    def add(
        self,
        columns: Mapping[str, Column],
        prompts: Sequence[str],
        *,
        videos: Mapping[str, VideoPart] | None = None,
        pictures: Mapping[str, Statistics] | None = None,
        body: int = 0,
        simulated: Simulated | None = None,
    ) -> None:
        """Adds an episode.

        Args:
            columns: A row for each instant: arrays (T, D), or Arrow columns. Indices are made anew.
            prompts: What to do, one for each row.
            videos: Camera to the video that shows the episode; copied.
            pictures: Camera to statistics of its pictures, where they are known.
            body: Whose it is: a place in the sidecar's bodies.
            simulated: Where it took place, of one that was simulated.

        Raises:
            DataError: A column is missing, too many, or of another length or width.
        """
        index, rows = len(self._bodies), len(prompts)
        whole = {**columns, **self._indices(index, prompts)}
        table, stats = self._table(whole, rows), {}
        for name, pooled in self._pooled.items():
            feature = self._features[name]
            values = numbers(table.column(name), feature.width, f"'{name}'").astype(float)
            stats[name] = statistics(values)
            pooled.add(values, stats[name])
        for name in set(pictures or {}) & set(self._pictures):
            self._pictures[name].append((pictures or {})[name])
            stats[name] = (pictures or {})[name]
        self._note(index, rows, prompts, stats, table, videos or {})
        self._bodies.append(body)
        self._simulated.append(simulated)
        self._rows += rows

    def finish(self) -> None:
        """Writes what stands at the end: tasks, statistics, the card."""
        self._files.close()
        said = self._meta.finish(self._tasks)
        self._write_statistics()
        if self._sidecar is not None:
            self._sidecar.with_episodes(self._bodies, self._simulated).save(self.root)
        self._write_info(said)

    def close(self) -> None:
        """Closes the files; may be called again."""
        self._files.close()
        self._meta.close()

    def _indices(self, index: int, prompts: Sequence[str]) -> dict[str, np.ndarray]:
        frames = np.arange(len(prompts))
        tasks = [self._tasks.setdefault(prompt, len(self._tasks)) for prompt in prompts]
        return {
            "timestamp": frames / self._fps,
            "frame_index": frames,
            "episode_index": np.full(len(prompts), index),
            "index": self._rows + frames,
            "task_index": np.array(tasks),
        }

    def _table(self, columns: Mapping[str, Column], rows: int) -> pa.Table:
        stored = self._files.schema.names
        if missing := [name for name in stored if name not in columns]:
            raise DataError(f"episode {len(self._bodies)} has no column '{missing[0]}'.")
        for name in stored:
            if len(columns[name]) != rows or rows == 0:
                raise DataError(
                    f"episode {len(self._bodies)}: '{name}' has {len(columns[name])} rows, wanted "
                    f"are {rows or 'more than none'}."
                )
        arrays = [_arrow(columns[name], name, self._features[name]) for name in stored]
        return pa.Table.from_arrays(arrays, schema=self._files.schema)

    def _note(
        self,
        index: int,
        rows: int,
        prompts: Sequence[str],
        stats: Mapping[str, Statistics],
        table: pa.Table,
        videos: Mapping[str, VideoPart],
    ) -> None:
        tasks = list(dict.fromkeys(prompts))
        data = self._files.write(table, index)
        cameras = [name for name, one in self._features.items() if one.dtype == "video"]
        if missing := [name for name in cameras if name not in videos]:
            raise DataError(f"episode {index} has no video of '{missing[0]}'.")
        copied = {name: self._videos.copy(name, index, videos[name]) for name in cameras}
        if isinstance(self._meta, v30.Meta):
            self._meta.add(index, rows, tasks, stats, data, copied)
        else:
            self._meta.add(index, rows, tasks, stats)

    def _write_statistics(self) -> None:
        whole = {}
        for name, pooled in self._pooled.items():
            floor = 0.0 if name in INDICES else self._floor
            if pooled.count:
                whole[name] = plain(pooled.result(floor))
        for name, episodes in self._pictures.items():
            if episodes and len(episodes) == len(self._bodies):
                whole[name] = plain(pooled_pictures(episodes))
        (self.root / "meta" / "stats.json").write_text(json.dumps(whole, indent=1) + "\n")

    def _write_info(self, said: Mapping[str, Any]) -> None:
        episodes = len(self._bodies)
        videos = [name for name, one in self._features.items() if one.dtype == "video"]
        template = v21.VIDEO if self._version == V21 else v30.VIDEO
        info: dict[str, Any] = {
            **said,
            "robot_type": self._robot_type,
            "total_episodes": episodes,
            "total_frames": self._rows,
            "total_tasks": len(self._tasks),
            "chunks_size": CHUNK,
            "fps": int(self._fps) if self._fps == int(self._fps) else self._fps,
            "splits": dict(self._splits or {"train": f"0:{episodes}"}),
            "video_path": template if videos else None,
            "features": {name: one.to_json() for name, one in self._features.items()},
        }
        if self._version == V21:
            info["total_videos"] = len(videos) * episodes
            info["total_chunks"] = -(-episodes // CHUNK)
        (self.root / "meta" / "info.json").write_text(json.dumps(info, indent=4) + "\n")


@contextmanager
def written(
    out: Path, features: Features, fps: float, version: str, **more: Any
) -> Iterator[DatasetWriter]:
    """A writer into a hidden folder beside `out`, moved into place when everything is written.

    An error, an interruption or a kill leaves nothing at `out`; the next writer begins anew.

    Args:
        out: The dataset's folder, which must not exist.
        features: As `DatasetWriter` takes them, and so what follows.
        fps: Rows per second [Hz].
        version: LeRobot's format.
        more: Further arguments of it.

    Raises:
        DataError: The folder exists, or another process is writing it.
    """
    with folder_written_beside(out) as folder:
        writer = DatasetWriter(folder, features, fps, version, **more)
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


def _arrow(values: Column, name: str, feature: Feature) -> pa.Array | pa.ChunkedArray:
    """A column in the type that its feature has in a Parquet file."""
    wanted = arrow_type(feature)
    if not isinstance(values, np.ndarray):
        if values.type == wanted:
            return values
        if not feature.is_vector:
            return values.cast(wanted)
        values = numbers(values, feature.width, f"'{name}'")
    if feature.shape in ((), (1,)):
        return pa.array(values.reshape(-1).astype(feature.dtype), type=wanted)
    if values.shape[1:] != feature.shape:
        raise DataError(
            f"'{name}' has rows of {values.shape[1:]}, its feature says {feature.shape}."
        )
    flat = pa.array(values.astype(feature.dtype).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, feature.width)
