"""Episode: the rows of one demonstration, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Shaped

from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.statistics import Statistics
from xlvla_sdk.errors import DataError


@dataclass(frozen=True)
class VideoPart:
    """The part of a video file that shows an episode.

    Attributes:
        path: The file.
        from_s, to_s: The part [s].
    """

    path: Path
    from_s: float
    to_s: float


@dataclass(frozen=True)
class EpisodeInfo:
    """What a dataset's meta/ says of one episode.

    Attributes:
        index: Its number in the dataset.
        length: Its rows.
        path: The Parquet file with its rows.
        start: Its first row in that file.
        videos: Camera to its part of a video.
        pictures: Camera to statistics of its pictures, where the dataset has them.
    """

    index: int
    length: int
    path: Path
    start: int = 0
    videos: Mapping[str, VideoPart] = field(default_factory=lambda: MappingProxyType({}))
    pictures: Mapping[str, Statistics] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Episode:
    """An episode's rows.

    Attributes:
        info: Where they lie.
        table: Every column that a Parquet file has.
        tasks: What to do, in words, by task index.
        source: What messages call the dataset.
    """

    info: EpisodeInfo
    table: pa.Table
    tasks: Mapping[int, str]
    source: str

    def __len__(self) -> int:
        return self.info.length

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.source}, episode {self.info.index}"

    @property
    def prompts(self) -> list[str]:
        """What to do, for every row; '' where the dataset has no tasks."""
        if "task_index" not in self.table.column_names:
            return [""] * len(self)
        said = self.table.column("task_index").to_pylist()
        if unknown := sorted(set(said) - set(self.tasks)):
            raise DataError(
                f"{self.where}: task {unknown[0]} is not in the table of tasks "
                f"({len(self.tasks)} there). Mend meta/tasks, or copy the dataset again.",
                task=unknown[0],
            )
        return [self.tasks[number] for number in said]

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as it is; DataError when the file has none."""
        if name not in self.table.column_names:
            raise DataError(
                f"{self.where}: {self.info.path} has no column '{name}', and info.json has. It has: "
                f"{', '.join(self.table.column_names)}.",
                column=name,
            )
        return self.table.column(name)

    def numbers(self, name: str, feature: Feature) -> Shaped[np.ndarray, "T D"]:
        """A column of numbers.

        Raises:
            DataError: There is no such column, or a row of it has no numbers or another width.
        """
        return numbers(self.column(name), feature.width, f"{self.where}, '{name}'")


def numbers(column: pa.ChunkedArray, width: int, where: str) -> Shaped[np.ndarray, "T D"]:
    """A column of Arrow numbers, or lists of `width` of them, as an array.

    Raises:
        DataError: Where a row is empty or has another width, naming the row.
    """
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # no chunk at all
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if array.null_count:
        row = next(k for k, value in enumerate(array) if not value.is_valid)
        raise DataError(f"{where}: row {row} is empty. Cut the row, or fill it.", row=row)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lengths = array.value_lengths().to_numpy(zero_copy_only=False)
        _check_widths(lengths, width, where)
    elif pa.types.is_fixed_size_list(array.type):
        _check_widths(np.full(len(array), array.type.list_size), width, where)
    else:
        _check_widths(np.ones(len(array), dtype=int), width, where)
        return array.to_numpy(zero_copy_only=False).reshape(-1, 1)
    flat = array.flatten()
    if flat.null_count:
        raise DataError(f"{where}: a number is missing in a row. Cut the row, or fill it.")
    return flat.to_numpy(zero_copy_only=False).reshape(-1, width)


def _check_widths(lengths: np.ndarray, width: int, where: str) -> None:
    wrong = np.flatnonzero(lengths != width)
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{where}: row {row} holds {lengths[row]} numbers, info.json says {width}. Mend the one "
            "that is wrong.",
            row=row,
        )
