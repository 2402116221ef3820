"""Spool: the episodes that are kept, each whole on disk, until the dataset is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import INDICES, Feature
from xlvla_sdk.data.pictures import (
    IMAGES,
    picture_column,
    picture_feature,
    picture_size,
    picture_statistics,
)
from xlvla_sdk.data.rows import ACTION, HORIZON, STATE
from xlvla_sdk.data.sidecar import Body, Sidecar, row_sides
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.specs import Embodiment, Station

PART = "episode-{:06d}"


class Spool:
    """A hidden folder beside the dataset's, with a dataset of one episode for each that is kept.

    A kill or a power cut costs the episode that is being recorded and no other: whoever records to
    the same place again goes on from what lies there.

    Args:
        out: Where the dataset will be; must not exist.
        embodiment: Who is recorded.
        station: Where it stands.
        fps: Rows per second.

    Attributes:
        out: Where the dataset will be.
        folder: Where kept episodes lie until then.
        fps: Rows per second.

    Raises:
        DataError: The dataset exists, or another recording lies in the spool.
    """

    def __init__(self, out: Path, embodiment: Embodiment, station: Station, fps: float) -> None:
        if out.exists() or out.is_symlink():
            raise DataError(
                f"{out}: is there already, and nothing is written over it. Name another folder, or "
                "remove that one."
            )
        self.out = out
        self.folder = out.with_name(f".{out.name}.episodes")
        self.fps = fps
        self._embodiment = embodiment
        self._joints = Feature("float32", (len(embodiment.joints),), list(embodiment.joints))
        sides = row_sides(make_layout("raw-1", embodiment, {}, station))
        body = Body.of(embodiment, {}, station)
        self._sidecar = Sidecar(None, None, sides, fps, HORIZON, 0.0, (body,))
        for part in self.parts:
            self._check(Dataset.open(part))

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def parts(self) -> list[Path]:
        """The kept episodes, in order."""
        return sorted(self.folder.glob(PART.format(0).replace("000000", "*")))

    def add(
        self,
        state: Float[np.ndarray, "T D"],
        action: Float[np.ndarray, "T D"],
        pictures: Mapping[str, Sequence[bytes]],
        prompt: str,
    ) -> None:
        """Writes an episode; it is whole when this returns.

        Args:
            state, action: Measured and commanded joints [rad, m].
            pictures: Camera to a JPEG for each row.
            prompt: What is done, in words.

        Raises:
            DataError: Cameras or pictures of another size than the first episode's.
        """
        images = {f"{IMAGES}{name}": kept for name, kept in pictures.items()}
        features = {STATE: self._joints, ACTION: self._joints}
        features |= {name: _feature(name, kept) for name, kept in images.items()}
        parts = self.parts
        if parts:
            _require_alike(Dataset.open(parts[0]), features)
        number = int(parts[-1].name[-6:]) + 1 if parts else 0
        with self._writer(self.folder / PART.format(number), features, "v3.0") as writer:
            columns = {name: picture_column(kept) for name, kept in images.items()}
            writer.add(
                {STATE: state, ACTION: action, **columns},
                [prompt] * len(state),
                pictures={name: picture_statistics(kept, name) for name, kept in images.items()},
            )

    def finish(self, version: str) -> int:
        """Writes the dataset and clears the spool; how many rows there are, 0 when nothing was kept."""
        parts, rows = self.parts, 0
        if parts:
            datasets = [Dataset.open(part) for part in parts]
            info = datasets[0].info
            features = {k: one for k, one in info.features.items() if k not in INDICES}
            with self._writer(self.out, features, version) as writer:
                for episode in (episode for dataset in datasets for episode in dataset):
                    columns = {name: episode.column(name) for name in features}
                    writer.add(columns, episode.prompts, pictures=episode.info.pictures)
                    rows += len(episode)
        for part in parts:
            shutil.rmtree(part)
        if self.folder.is_dir() and not self.parts:  # what a kill left half-written goes, too
            shutil.rmtree(self.folder)
        return rows

    def _writer(self, out: Path, features: Mapping[str, Feature], version: str) -> Any:
        name = self._embodiment.name
        return written(out, features, self.fps, version, robot_type=name, sidecar=self._sidecar)

    def _check(self, kept: Dataset) -> None:
        """Refuses to go on with what another recording left."""
        theirs = None if kept.sidecar is None else kept.sidecar.bodies
        if theirs != self._sidecar.bodies or kept.info.fps != self.fps:
            raise DataError(
                f"{self.folder}: episodes of {kept.info.robot_type} at {kept.info.fps:g} Hz were kept "
                f"here, and now {self._embodiment.name} is recorded at {self.fps:g} Hz. Record those "
                "on, to have them written, name another folder, or remove this one."
            )


def _feature(name: str, pictures: Sequence[bytes]) -> Feature:
    sizes = {picture_size(data, name) for data in pictures}
    if len(sizes) > 1:
        raise DataError(
            f"{name}: its pictures have {len(sizes)} sizes in one episode. Give --size, so that all "
            "are brought to one."
        )
    return picture_feature(*sizes.pop())


def _require_alike(first: Dataset, features: Mapping[str, Feature]) -> None:
    for name in dict.fromkeys((*first.info.cameras, *features)):
        mine, theirs = features.get(name), first.info.features.get(name)
        if (mine and mine.shape) != (theirs and theirs.shape):
            raise DataError(
                f"{name}: its pictures are {_words(mine)}, those of the episodes kept before are "
                f"{_words(theirs)} ({first.root}). Record with the same cameras and --size."
            )


def _words(feature: Feature | None) -> str:
    return "not there" if feature is None else " x ".join(map(str, feature.shape))
