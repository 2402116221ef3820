"""StateVariant: a policy that sees by where things are, which only a simulation can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.learning.batch import Batch, Shown
from xlvla_sdk.learning.moving import moved_about
from xlvla_sdk.learning.seeing_things import ThingSight
from xlvla_sdk.learning.shape import Shape
from xlvla_sdk.learning.thing_rows import ThingRows
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
        return ThingRows(dataset)

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


def _pose(name: str, row: np.ndarray) -> Float[np.ndarray, "9"]:
    if row.shape != (9,) or not np.isfinite(row).all():
        raise PolicyError(
            f"where '{name}' is, is said in {row.shape} numbers; wanted are nine that are finite: its "
            "origin, then the first and the second column of its rotation."
        )
    return row
