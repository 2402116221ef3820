"""Where things are, of datasets of several scenes: a place for every thing, and a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import THING_AXES, THINGS, THINGS_MASK, thing_names, things_feature

AXES = len(THING_AXES)


@dataclass(frozen=True)
class PooledThings:
    """The things of all scenes, each once, in the order in which they are met.

    Attributes:
        names: Empty where some dataset does not say where things are.
        masked: Whether a thing may be absent: then `things` holds zeros for it, and `things_mask`
            false.
    """

    names: tuple[str, ...]
    masked: bool

    @property
    def features(self) -> dict[str, Feature]:
        """The columns that say it."""
        if not self.names:
            return {}
        mask = Feature("bool", (len(self.names),), list(self.names))
        return {THINGS: things_feature(self.names), **({THINGS_MASK: mask} if self.masked else {})}

    def columns(self, dataset: Dataset, episode: Episode) -> dict[str, np.ndarray]:
        """An episode's things at their places among all."""
        if not self.names:
            return {}
        own = thing_names(dataset.feature(THINGS), str(dataset.root))
        places = [self.names.index(name) for name in own]
        rows = episode.numbers(THINGS, dataset.feature(THINGS)).reshape(len(episode), -1, AXES)
        things = np.zeros((len(episode), len(self.names), AXES), dtype=np.float32)
        things[:, places] = rows
        found = {THINGS: things.reshape(len(episode), -1)}
        if self.masked:
            there = np.zeros((len(episode), len(self.names)), dtype=bool)
            there[:, places] = _there(dataset, episode, len(own))
            found[THINGS_MASK] = there
        return found


def things_of(datasets: Sequence[Dataset]) -> PooledThings:
    """The things of all datasets; none where one of them does not say where things are.

    Raises:
        DataError: A dataset's column does not name nine numbers a thing.
    """
    if not all(says_things(dataset) for dataset in datasets):
        return PooledThings((), False)
    own = [thing_names(one.feature(THINGS), str(one.root)) for one in datasets]
    names = tuple(dict.fromkeys(name for some in own for name in some))
    masked = any(THINGS_MASK in one.info.features for one in datasets)
    return PooledThings(names, masked or any(set(some) != set(names) for some in own))


def says_things(dataset: Dataset) -> bool:
    """Whether a dataset says where things are."""
    return THINGS in dataset.info.features


def _there(dataset: Dataset, episode: Episode, things: int) -> np.ndarray:
    if THINGS_MASK not in dataset.info.features:
        return np.ones((len(episode), things), dtype=bool)
    return episode.numbers(THINGS_MASK, dataset.feature(THINGS_MASK)).astype(bool)
