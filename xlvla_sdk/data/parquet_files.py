"""Parquet files as they are written: one an episode, or shared ones that roll over by size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from xlvla_sdk.data import v21, v30
from xlvla_sdk.data.arrow import pa, pq
from xlvla_sdk.data.features import Features, arrow_schema
from xlvla_sdk.data.info import CHUNK

GROUP_BYTES, GROUP_ROWS = 16 << 20, 1 << 16
"""A row group is written when it holds so many bytes or rows: what a writer keeps in memory."""
PICTURE = ("bytes", "path")
"""What a picture is inside a Parquet file."""
FILE_BYTES = 100 << 20
"""A shared file is closed when it is this large."""


class ParquetFiles(ABC):
    """Where a dataset's rows go.

    Args:
        root: The dataset's folder.
        features: The columns.
    """

    def __init__(self, root: Path, features: Features) -> None:
        self._root = root
        self.schema = arrow_schema(features)
        self._options = _options(features)

    @abstractmethod
    def write(self, table: pa.Table, episode: int) -> tuple[int, int]:
        """Writes an episode's rows; returns the numbers of folder and file."""

    @abstractmethod
    def close(self) -> None:
        """Writes what is held; may be called again."""

    def _new(self, relative: str) -> pq.ParquetWriter:
        path = self._root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        return pq.ParquetWriter(path, self.schema, **self._options)


class FileAnEpisode(ParquetFiles):
    """Format v2.1's way."""

    def write(self, table: pa.Table, episode: int) -> tuple[int, int]:
        chunk = episode // CHUNK
        with self._new(v21.DATA.format(episode_chunk=chunk, episode_index=episode)) as file:
            file.write_table(table)
        return chunk, episode

    def close(self) -> None:
        pass


class SharedFiles(ParquetFiles):
    """Format v3.0's way: an episode lies whole in one file."""

    def __init__(self, root: Path, features: Features) -> None:
        super().__init__(root, features)
        self._file: pq.ParquetWriter | None = None
        self._number = 0
        self._held: list[pa.Table] = []
        self._bytes = self._rows = self._written = 0

    def write(self, table: pa.Table, episode: int) -> tuple[int, int]:  # noqa: ARG002
        if self._file is not None and self._written + self._bytes > FILE_BYTES:
            self.close()
            self._number += 1
        place = divmod(self._number, CHUNK)
        if self._file is None:
            self._file = self._new(v30.DATA.format(chunk_index=place[0], file_index=place[1]))
        self._held.append(table)
        self._bytes += table.nbytes
        self._rows += len(table)
        if self._bytes >= GROUP_BYTES or self._rows >= GROUP_ROWS:
            self._flush()
        return place

    def close(self) -> None:
        self._flush()
        if self._file is not None:
            self._file.close()
        self._file, self._written = None, 0

    def _flush(self) -> None:
        if self._held and self._file is not None:
            table = pa.concat_tables(self._held)
            self._file.write_table(table, row_group_size=len(table))
            self._written += self._bytes
        self._held, self._bytes, self._rows = [], 0, 0


def _options(features: Features) -> dict[str, Any]:
    """Pictures are compressed already, and measured numbers hardly repeat."""
    stored = {name: one for name, one in features.items() if one.dtype != "video"}
    pictures = [name for name, one in stored.items() if one.dtype == "image"]
    packed = {
        _leaf(name, one.shape): "SNAPPY" for name, one in stored.items() if name not in pictures
    }
    compression = packed | {f"{name}.{part}": "NONE" for name in pictures for part in PICTURE}
    repeating = [
        _leaf(name, one.shape)
        for name, one in stored.items()
        if not one.is_camera and not one.dtype.startswith("float")
    ]
    counted = [name for name, one in stored.items() if one.shape == (1,) and not one.is_camera]
    return {
        "compression": compression if pictures else "SNAPPY",
        "use_dictionary": repeating or False,
        "write_statistics": counted or False,
    }


def _leaf(name: str, shape: tuple[int, ...]) -> str:
    """The path of a column's numbers inside a Parquet file."""
    return name if shape in ((), (1,)) else name + ".list.element" * len(shape)
