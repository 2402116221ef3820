"""ThingRows: where things are, as a dataset says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.rows import THINGS, THINGS_MASK, thing_names
from xlvla_sdk.errors import DataError
from xlvla_sdk.learning.batch import Shown
from xlvla_sdk.learning.variant import Viewing
from xlvla_sdk.learning.words import Words, padded


class ThingRows(Viewing):
    """The column `things`, and which of them are there.

    Raises:
        DataError: There is no such column.
    """

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
        rows, there = np.concatenate(self._rows), np.concatenate(self._there)
        things, there, names = _together(rows, there, self.called(words, where))
        return replace(Shown.nothing(len(rows)), things=things, there=there, names=names)

    def known(self, words: Words, where: str) -> Shown:
        """The same with a place for everything that there is in any scene, in the order of `texts`."""
        rows, there = np.concatenate(self._rows), np.concatenate(self._there)
        names = np.tile(self.called(words, where), (len(rows), 1, 1))
        return replace(Shown.nothing(len(rows)), things=rows, there=there, names=names)

    def called(self, words: Words, where: str) -> Int[np.ndarray, "U V"]:
        """The things' names, as words."""
        return padded([words.numbers(name, where) for name in self.texts])


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
