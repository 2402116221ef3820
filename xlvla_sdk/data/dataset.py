"""Dataset: a LeRobot dataset of either format, read one episode at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xlvla_sdk.data import v21, v30
from xlvla_sdk.data.arrow import opened, pa, pq, read_groups
from xlvla_sdk.data.episode import Episode, EpisodeInfo
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.info import V21, Info, load_info
from xlvla_sdk.data.sidecar import Sidecar, load_sidecar
from xlvla_sdk.data.simulated import Simulated
from xlvla_sdk.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk; opening it reads meta/ alone.

    Attributes:
        root: Its folder.
        info: What meta/info.json says.
        episodes: Where each episode lies, in order.
        tasks: What to do, in words, by task index.
        sidecar: What the SDK noted of its rows; None in a dataset that it did not encode.
    """

    root: Path
    info: Info
    episodes: tuple[EpisodeInfo, ...]
    tasks: Mapping[int, str]
    sidecar: Sidecar | None
    _files: _Files = field(default_factory=lambda: _Files(), repr=False, compare=False)

    @staticmethod
    def open(root: Path | str) -> Dataset:
        """Opens a dataset.

        Raises:
            DataError: No dataset, one of another format, or meta/ contradicts itself.
        """
        root = Path(root)
        info = load_info(root)
        format_ = v21 if info.version == V21 else v30
        episodes, tasks = format_.read_episodes(root, info), format_.read_tasks(root)
        dataset = Dataset(root, info, tuple(episodes), tasks, load_sidecar(root))
        dataset._check()
        return dataset

    def __len__(self) -> int:
        return len(self.episodes)

    def __iter__(self) -> Iterator[Episode]:
        """Episodes in order, one in memory at a time."""
        return (self.read(index) for index in range(len(self.episodes)))

    def read(self, index: int) -> Episode:
        """One episode's rows.

        Raises:
            DataError: Its file is missing, cut off, or holds other rows than meta/ says.
        """
        info = self.episodes[index]
        table = self._files.rows(info)
        _check_rows(info, table)
        return Episode(info, table, self.tasks, str(self.root))

    def simulated(self, index: int) -> Simulated | None:
        """Where an episode took place; None when a robot recorded it."""
        places = self.sidecar.simulated if self.sidecar else ()
        return places[index] if places else None

    def feature(self, name: str) -> Feature:
        """A column's feature; DataError naming those there are."""
        if name not in self.info.features:
            raise DataError(
                f"{self.root}: has no column '{name}'. It has: {', '.join(self.info.features)}.",
                column=name,
            )
        return self.info.features[name]

    def _check(self) -> None:
        told = (self.info.episodes, self.info.frames)
        found = (len(self.episodes), sum(one.length for one in self.episodes))
        if told != found:
            raise DataError(
                f"{self.root}: info.json says {told[0]} episodes with {told[1]} rows, the table of "
                f"episodes has {found[0]} with {found[1]}. One of them was not copied whole; copy "
                "meta/ again."
            )
        numbers = [one.index for one in self.episodes]
        if numbers != list(range(len(numbers))):
            wrong = next(k for k, number in enumerate(numbers) if k != number)
            raise DataError(
                f"{self.root}: the table of episodes has no episode {wrong}. Copy meta/ again."
            )
        paths = Counter(one.path for one in self.episodes)
        missing = [path for path in paths if not path.is_file()]
        if missing:
            first = next(one for one in self.episodes if one.path == missing[0])
            raise DataError(
                f"{self.root}: {len(missing)} of {len(paths)} data files are not there, first "
                f"{missing[0]} (episode {first.index}). Copy them, or record the episodes again.",
                path=missing[0],
                episode=first.index,
            )


@dataclass
class _Files:
    """The file that was read last, and its row group, so that neither is read twice in a row."""

    path: Path | None = None
    file: pq.ParquetFile | None = None
    groups: tuple[int, int] | None = None
    table: pa.Table | None = None

    def rows(self, info: EpisodeInfo) -> pa.Table:
        """The rows of an episode."""
        what = f"episode {info.index}"
        file = self._opened(info.path, what)
        sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
        ends = np.cumsum([0, *sizes])
        stop = info.start + info.length
        if stop > ends[-1]:
            raise DataError(
                f"{info.path}: {what} should be in rows {info.start} to {stop}, and the file has "
                f"{ends[-1]}. Copy it again from where the dataset came from.",
                path=info.path,
                episode=info.index,
            )
        first = int(np.searchsorted(ends, info.start, side="right")) - 1
        last = int(np.searchsorted(ends, stop, side="left"))
        table = self.table
        if self.groups != (first, last) or table is None:
            self.table = None  # before the next one comes
            table = read_groups(file, info.path, what, list(range(first, last)), None)
            self.groups, self.table = (first, last), table
        return table.slice(info.start - int(ends[first]), info.length)

    def _opened(self, path: Path, what: str) -> pq.ParquetFile:
        if self.path != path or self.file is None:
            if self.file is not None:
                self.file.close()
            self.file = self.table = self.groups = None
            self.file, self.path = opened(path, what), path
        return self.file


def _check_rows(info: EpisodeInfo, table: pa.Table) -> None:
    if "episode_index" not in table.column_names:
        return
    found = set(table.column("episode_index").to_pylist())
    if found != {info.index}:
        raise DataError(
            f"{info.path}: rows {info.start} to {info.start + info.length} are of episode "
            f"{', '.join(map(str, sorted(found)))}, and meta/ says episode {info.index}. The file is "
            "another dataset's, or meta/ is; copy both again.",
            path=info.path,
            episode=info.index,
        )
