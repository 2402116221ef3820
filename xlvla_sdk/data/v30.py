"""Format v3.0, what LeRobot reads: many episodes a Parquet file, and meta/ in Parquet too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.data.arrow import opened, pa, pq, read_groups, read_table
from xlvla_sdk.data.episode import EpisodeInfo, VideoPart
from xlvla_sdk.data.info import V30, Info
from xlvla_sdk.data.statistics import Statistics, plain
from xlvla_sdk.errors import DataError

DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
GROUP = 100
"""Episodes in a row group of meta/episodes, what is held in memory of it."""
TASK = "__index_level_0__"
"""The column of the tasks' texts: a pandas index without a name."""


def read_tasks(root: Path) -> dict[int, str]:
    """Task index to what to do."""
    path = root / "meta" / "tasks.parquet"
    table = read_table(path, "the table of tasks")
    texts = [
        name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)
    ]
    texts += [
        name
        for name in table.column_names
        if pa.types.is_large_string(table.schema.field(name).type)
    ]
    if len(texts) != 1 or "task_index" not in table.column_names:
        raise DataError(
            f"{path}: has columns {', '.join(table.column_names)}, wanted are task_index and one of "
            "texts. Copy it again.",
            path=path,
        )
    numbers, said = (table.column(name).to_pylist() for name in ("task_index", texts[0]))
    return dict(zip(numbers, said, strict=True))


def read_episodes(root: Path, info: Info) -> list[EpisodeInfo]:
    """Every episode, in order."""
    files = sorted((root / "meta" / "episodes").glob("*/*.parquet"))
    if not files:
        raise DataError(
            f"{root}: meta/episodes holds no Parquet file, and a dataset of {V30} says there where "
            "its episodes lie. Copy it again."
        )
    rows = [row for path in files for row in _rows(path, info)]
    rows.sort(key=lambda row: row["episode_index"])
    starts: dict[str, int] = {}
    found = []
    for row in rows:
        path = _place(info.data_path, row, "data")
        first = starts.setdefault(path, row["dataset_from_index"])
        found.append(_episode(root, info, row, path, row["dataset_from_index"] - first))
    return found


def _rows(path: Path, info: Info) -> list[dict[str, Any]]:
    """What is read of meta/episodes: not the numbers' statistics, which are measured again."""
    wanted = ["episode_index", "length", "dataset_from_index"]
    wanted += [f"data/{what}" for what in ("chunk_index", "file_index")]
    for camera in info.videos:
        ends = ("chunk_index", "file_index", "from_timestamp", "to_timestamp")
        wanted += [f"videos/{camera}/{what}" for what in ends]
    what, pictures = "the table of episodes", tuple(f"stats/{name}/" for name in info.cameras)
    with opened(path, what) as file:
        names = file.schema_arrow.names
        if missing := [name for name in wanted if name not in names]:
            raise DataError(f"{path}: has no column '{missing[0]}'. Copy it again.", path=path)
        wanted += [name for name in names if name.startswith(pictures)]
        groups = list(range(file.num_row_groups))
        return read_groups(file, path, what, groups, wanted).to_pylist()


def _place(template: str, row: Mapping[str, Any], what: str, video: str = "") -> str:
    return template.format(
        chunk_index=row[f"{what}/chunk_index"],
        file_index=row[f"{what}/file_index"],
        video_key=video,
    )


def _episode(root: Path, info: Info, row: Mapping[str, Any], path: str, start: int) -> EpisodeInfo:
    videos = {
        name: VideoPart(
            root / _place(str(info.video_path), row, f"videos/{name}", name),
            float(row[f"videos/{name}/from_timestamp"]),
            float(row[f"videos/{name}/to_timestamp"]),
        )
        for name in info.videos
    }
    pictures = {name: one for name in info.cameras if (one := _statistics(row, name))}
    return EpisodeInfo(row["episode_index"], row["length"], root / path, start, videos, pictures)


def _statistics(row: Mapping[str, Any], camera: str) -> dict[str, np.ndarray]:
    head = f"stats/{camera}/"
    return {
        name.removeprefix(head): np.asarray(value)
        for name, value in row.items()
        if name.startswith(head) and value is not None
    }


class Meta:
    """Writes meta/ as episodes come.

    Args:
        root: The dataset's folder.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "meta"
        self._path = root / EPISODES
        self._path.parent.mkdir(parents=True)
        self._held: list[dict[str, Any]] = []
        self._file: pq.ParquetWriter | None = None
        self._first = 0

    def add(
        self,
        index: int,
        length: int,
        tasks: list[str],
        stats: Mapping[str, Statistics],
        data: tuple[int, int],
        videos: Mapping[str, tuple[int, int, float, float]],
    ) -> None:
        """Notes an episode: its rows' (chunk, file), its videos' with the part in seconds."""
        row: dict[str, Any] = {"episode_index": index, "tasks": tasks, "length": length}
        row |= {"data/chunk_index": data[0], "data/file_index": data[1]}
        row |= {"dataset_from_index": self._first, "dataset_to_index": self._first + length}
        for camera, (chunk, file, from_s, to_s) in videos.items():
            head = f"videos/{camera}"
            row |= {f"{head}/chunk_index": chunk, f"{head}/file_index": file}
            row |= {f"{head}/from_timestamp": from_s, f"{head}/to_timestamp": to_s}
        for name, one in stats.items():
            row |= {f"stats/{name}/{key}": value for key, value in plain(one).items()}
        row |= {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
        self._held.append(row)
        self._first += length
        if len(self._held) == GROUP:
            self._flush()

    def finish(self, tasks: Mapping[str, int]) -> dict[str, Any]:
        """Writes the tasks; returns what info.json of this format says beside the rest."""
        self._flush()
        self.close()
        pq.write_table(_task_table(tasks), self._folder / "tasks.parquet")
        sizes = {"data_files_size_in_mb": 100, "video_files_size_in_mb": 200}
        return {"codebase_version": V30, "data_path": DATA, **sizes}

    def close(self) -> None:
        """Closes the file; may be called again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _flush(self) -> None:
        if not self._held:
            return
        schema = None if self._file is None else self._file.schema
        table = pa.Table.from_pylist(self._held, schema=schema)
        if self._file is None:
            self._file = pq.ParquetWriter(self._path, table.schema)
        self._file.write_table(table)
        self._held = []


def _task_table(tasks: Mapping[str, int]) -> pa.Table:
    """Texts as a pandas index, as LeRobot looks them up; in the order of their numbers."""
    table = pa.table(
        {
            "task_index": pa.array(list(tasks.values()), pa.int64()),
            TASK: pa.array(list(tasks), pa.string()),
        }
    )
    return table.replace_schema_metadata({"pandas": json.dumps(_PANDAS)})


def _pandas_column(name: str | None, field: str, kind: str, numpy: str) -> dict[str, Any]:
    return {
        "name": name,
        "field_name": field,
        "pandas_type": kind,
        "numpy_type": numpy,
        "metadata": None,
    }


_PANDAS = {
    "index_columns": [TASK],
    "column_indexes": [
        {**_pandas_column(None, "None", "unicode", "object"), "metadata": {"encoding": "UTF-8"}}
    ],
    "columns": [
        _pandas_column("task_index", "task_index", "int64", "int64"),
        _pandas_column(None, TASK, "unicode", "object"),
    ],
    "creator": {"library": "pyarrow", "version": pa.__version__},
    "pandas_version": "2.2.0",
}
"""What pandas reads beside a table to know its index."""
