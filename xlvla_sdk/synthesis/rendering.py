"""render: pictures of simulated episodes, drawn later and anywhere from the states that were kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.data.arrow import pa, pq, read_table
from xlvla_sdk.data.converting import Told
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import INDICES
from xlvla_sdk.data.pictures import (
    POLICY_SIZE,
    jpeg,
    picture_column,
    picture_feature,
    picture_statistics,
)
from xlvla_sdk.data.rows import PHYSICS
from xlvla_sdk.data.statistics import Statistics, plain
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError
from xlvla_sdk.sim import World
from xlvla_sdk.sim.redrawing import Redrawing, check_cameras
from xlvla_sdk.storage import written_beside
from xlvla_sdk.synthesis.crew import Heed, work
from xlvla_sdk.synthesis.pieces import Pieces
from xlvla_sdk.synthesis.worlds import Worlds, require_physics, simulated_place

COLUMN = "observation.images."
"""Before a camera's name: what LeRobot's recorders call the column."""
STATISTICS = b"statistics"


@dataclass(frozen=True)
class RenderPlan:
    """What is to be drawn.

    Attributes:
        root: The dataset's folder.
        cameras: Of the world: `front`, `side`, `right_wrist`, `left_wrist`.
        size: Height and width of the pictures [px].
    """

    root: Path
    cameras: tuple[str, ...]
    size: int = POLICY_SIZE

    @property
    def columns(self) -> dict[str, str]:
        """Camera to the column of its pictures."""
        return {camera: COLUMN + camera for camera in self.cameras}

    def check(self, dataset: Dataset) -> None:
        """Refuses what cannot begin.

        Raises:
            DataError: No states to draw from, a camera that the dataset has already, an episode that
                was not simulated, or in another world than is built now.
            SpecError: No such camera.
        """
        require_physics(dataset)
        if not self.cameras:
            raise DataError(f"{self.root}: no camera is named. Write --cameras front,right_wrist.")
        for camera, column in self.columns.items():
            if column in dataset.info.features:
                raise DataError(
                    f"{self.root}: has pictures of '{camera}' already (column '{column}'). Leave it "
                    "out of --cameras.",
                    camera=camera,
                )
        worlds = Worlds()
        for index in range(len(dataset)):
            where = f"{self.root}, episode {index}"
            check_cameras(worlds.of(simulated_place(dataset, index), where), self.cameras)


def render(
    plan: RenderPlan,
    out: Path,
    *,
    version: str | None = None,
    processes: int = 1,
    told: Told | None = None,
) -> Dataset:
    """Writes a dataset with pictures beside everything that it had.

    Pictures are JPEG in the Parquet files. One that is interrupted is gone on with, episode by
    episode, when it is asked for again.

    Args:
        plan: What is drawn.
        out: A folder that does not exist yet.
        version: `v3.0` or `v2.1`; the dataset's own when left out.
        processes: How many draw side by side.
        told: Is told of progress.

    Raises:
        DataError, SpecError: As `RenderPlan.check` says; the folder exists.
        DriverError: OpenGL does not work here.
    """
    dataset = Dataset.open(plan.root)
    plan.check(dataset)
    said = {"cameras": plan.cameras, "size": plan.size, "dataset": _fingerprint(plan.root)}
    with Pieces(out, said, ".parquet") as pieces:
        waiting = iter([k for k in range(len(dataset)) if not pieces.has(k)])
        done = len(pieces)

        def tell(number: int, _: None) -> None:  # noqa: ARG001
            nonlocal done
            done += 1
            if told is not None:
                told(done, len(dataset))

        work(_Job(plan, pieces.folder), processes, lambda _: next(waiting, None), tell)
        _assembled(plan, dataset, pieces, out, version or dataset.info.version)
    return Dataset.open(out)


@dataclass(frozen=True)
class _Job:
    """An episode is a piece."""

    plan: RenderPlan
    folder: Path

    @contextmanager
    def worker(self) -> Iterator[Callable[[int, Heed], None]]:
        dataset, artist = Dataset.open(self.plan.root), _Artist(self.plan)
        try:
            yield lambda number, heed: artist.draw(
                dataset, number, self.folder / f"{number:06d}.parquet", heed
            )
        finally:
            artist.close()


class _Artist:
    """Draws episodes; keeps what it needs for a world as long as episodes are of it."""

    def __init__(self, plan: RenderPlan) -> None:
        self._plan = plan
        self._worlds = Worlds()
        self._world: World | None = None
        self._redrawing: Redrawing | None = None

    def draw(self, dataset: Dataset, number: int, path: Path, heed: Heed) -> None:
        """Writes one episode's pictures into a file, whole or not at all."""
        episode = dataset.read(number)
        rows = episode.numbers(PHYSICS, dataset.feature(PHYSICS))
        redrawing = self._of(self._worlds.of(simulated_place(dataset, number), episode.where))
        found: dict[str, list[bytes]] = {camera: [] for camera in self._plan.cameras}
        for row in rows:
            heed()
            for camera, pictures in found.items():
                pictures.append(jpeg(redrawing.picture(camera, row)))
        _save(path, {self._plan.columns[camera]: them for camera, them in found.items()})

    def close(self) -> None:
        if self._redrawing is not None:
            self._redrawing.close()
        self._world = self._redrawing = None

    def _of(self, world: World) -> Redrawing:
        if self._redrawing is None or self._world is not world:
            self.close()
            size = (self._plan.size, self._plan.size)
            self._world, self._redrawing = world, Redrawing(world, size)
        return self._redrawing


def _save(path: Path, columns: Mapping[str, list[bytes]]) -> None:
    statistics = {
        name: plain(picture_statistics(pictures, name)) for name, pictures in columns.items()
    }
    table = pa.table({name: picture_column(pictures) for name, pictures in columns.items()})
    table = table.replace_schema_metadata({STATISTICS: json.dumps(statistics)})
    with written_beside(path) as beside:
        pq.write_table(table, beside, compression="NONE")


def _load(path: Path) -> tuple[pa.Table, dict[str, Statistics]]:
    table = read_table(path, "pictures")
    said: dict[str, dict[str, Any]] = json.loads((table.schema.metadata or {})[STATISTICS])
    return table, {
        name: {key: np.asarray(value) for key, value in one.items()} for name, one in said.items()
    }


def _assembled(plan: RenderPlan, dataset: Dataset, pieces: Pieces, out: Path, version: str) -> None:
    """The dataset and the pictures as one."""
    info, sidecar = dataset.info, dataset.sidecar
    assert sidecar is not None, "its episodes were simulated"
    features = {name: one for name, one in info.features.items() if name not in INDICES}
    stored = [name for name, one in features.items() if one.dtype != "video"]
    features |= dict.fromkeys(plan.columns.values(), picture_feature(plan.size, plan.size))
    more = {"robot_type": info.robot_type, "sidecar": sidecar, "std_floor": sidecar.std_floor}
    with written(out, features, info.fps, version, splits=info.splits, **more) as writer:
        for number, episode in enumerate(dataset):
            table, statistics = _load(pieces.path(number))
            columns = {name: episode.column(name) for name in stored}
            columns |= {name: table.column(name) for name in table.column_names}
            writer.add(
                columns,
                episode.prompts,
                videos=episode.info.videos,
                pictures={**episode.info.pictures, **statistics},
                body=sidecar.episodes[number],
                simulated=dataset.simulated(number),
            )


def _fingerprint(root: Path) -> str:
    """Tells a dataset from another in the same place: a hash of its meta/."""
    digest = hashlib.sha256(str(root.resolve()).encode())
    for path in sorted((root / "meta").rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
