"""StateVariant: a policy that sees by where things are, which only a simulation can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.rows import THINGS, THINGS_MASK, thing_names
from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.learning.batch import Batch, Shown
from xlvla_sdk.learning.moving import moved_about
from xlvla_sdk.learning.seeing_things import ThingSight
from xlvla_sdk.learning.shape import Shape
from xlvla_sdk.learning.variant import Variant, Viewing
from xlvla_sdk.learning.words import Words, padded
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import Metadata

if TYPE_CHECKING:
    from xlvla_sdk.learning.samples import Samples
    from xlvla_sdk.learning.training import Recipe


@dataclass(frozen=True)
class StateVariant(Variant):
    """Where things are."""

    name = "state"

    def viewing(self, dataset: Dataset) -> Viewing:
        """Of the column `things`; DataError where there is none."""
        return _Things(dataset)

    def varied(
        self, batch: Batch, samples: Samples, recipe: Recipe, rng: np.random.Generator
    ) -> Batch:
        """Turned and moved about on the table, as `moved_about` says."""
        middle = samples.scales.position_mean
        return moved_about(batch, samples.arms, middle, rng, recipe.turn, recipe.shift)

    def sight(self, shape: Shape) -> ThingSight:
        return ThingSight(shape)

    def look(self, observation: Observation, words: Words, who: str) -> Shown:
        """The things; PolicyError where nobody says where they are, or not in nine numbers."""
        if not observation.things:
            raise PolicyError(
                f"{who} sees by where things are, and the observation does not say. "
                "`xlvla evaluate` says it; on a robot nobody does yet."
            )
        things = [_pose(name, row) for name, row in observation.things.items()]
        names = padded([words.numbers(name, who) for name in observation.things])
        there = np.ones((1, len(things)), dtype=bool)
        rows = np.stack(things)[None].astype(np.float32)
        return replace(Shown.nothing(1), things=rows, there=there, names=names[None])

    def wanted(self, metadata: Metadata) -> Metadata:
        return replace(metadata, things=True)

    def to_json(self) -> dict[str, Any]:
        return {"variant": self.name}

    @staticmethod
    def parse(card: Mapping[str, Any]) -> StateVariant:  # noqa: ARG004
        return StateVariant()


class _Things(Viewing):
    """The column `things`, and which of them are there."""

    def __init__(self, dataset: Dataset) -> None:
        if THINGS not in dataset.info.features:
            raise DataError(
                f"{dataset.root}: does not say where things are (column '{THINGS}'), and variant state "
                "sees nothing else. `xlvla data synth` writes it; merging keeps it where all datasets "
                "have it.",
                column=THINGS,
            )
        self._feature = dataset.feature(THINGS)
        masked = THINGS_MASK in dataset.info.features
        self._mask = dataset.feature(THINGS_MASK) if masked else None
        self.texts = tuple(thing_names(self._feature, str(dataset.root)))
        self._rows: list[np.ndarray] = []
        self._there: list[np.ndarray] = []

    def take(self, episode: Episode) -> None:
        rows = episode.numbers(THINGS, self._feature)
        self._rows.append(rows.astype(np.float32).reshape(len(rows), len(self.texts), -1))
        if self._mask is None:
            there = np.ones((len(rows), len(self.texts)), dtype=bool)
        else:
            there = episode.numbers(THINGS_MASK, self._mask).astype(bool)
        self._there.append(there)

    def shown(self, words: Words, where: str) -> Shown:
        called = padded([words.numbers(name, where) for name in self.texts])
        rows, there = np.concatenate(self._rows), np.concatenate(self._there)
        things, there, names = _together(rows, there, called)
        return replace(Shown.nothing(len(rows)), things=things, there=there, names=names)


def _together(
    things: Float[np.ndarray, "N U 9"],
    there: Bool[np.ndarray, "N U"],
    names: Int[np.ndarray, "U V"],
) -> tuple[Float[np.ndarray, "N T 9"], Bool[np.ndarray, "N T"], Int[np.ndarray, "N T V"]]:
    """Of all things of all scenes, those of a row's own, first in the row."""
    count = int(there.sum(axis=1).max())
    order = np.argsort(~there, axis=1, kind="stable")[:, :count]
    rows = np.arange(len(things))[:, None]
    return things[rows, order], there[rows, order], names[order]


def _pose(name: str, row: np.ndarray) -> Float[np.ndarray, "9"]:
    if row.shape != (9,) or not np.isfinite(row).all():
        raise PolicyError(
            f"where '{name}' is, is said in {row.shape} numbers; wanted are nine that are finite: its "
            "origin, then the first and the second column of its rotation."
        )
    return row
