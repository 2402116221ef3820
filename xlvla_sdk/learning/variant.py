"""Variant: what a policy sees by, of a dataset and of an observation alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.learning.batch import Batch, Shown
from xlvla_sdk.learning.seeing import Sight
from xlvla_sdk.learning.shape import Shape
from xlvla_sdk.learning.words import Words
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import Metadata

if TYPE_CHECKING:
    from xlvla_sdk.learning.samples import Samples
    from xlvla_sdk.learning.training import Recipe


class Viewing(ABC):
    """Takes what a variant is shown from a dataset, episode by episode.

    Attributes:
        texts: Words that it is shown besides instructions.
    """

    texts: tuple[str, ...] = ()

    @abstractmethod
    def take(self, episode: Episode) -> None:
        """Reads one episode; DataError where it is damaged."""

    @abstractmethod
    def shown(self, words: Words, where: str) -> Shown:
        """All rows that were taken."""


class Variant(ABC):
    """What a policy sees by."""

    name: ClassVar[str]

    @property
    def described(self) -> str:
        """What it sees by, in words."""
        return self.name

    @abstractmethod
    def viewing(self, dataset: Dataset) -> Viewing:
        """A new reading of a dataset; DataError where it does not hold what is wanted."""

    @abstractmethod
    def varied(
        self, batch: Batch, samples: Samples, recipe: Recipe, rng: np.random.Generator
    ) -> Batch:
        """The same demonstrations, as they might have been shown as well."""

    @abstractmethod
    def sight(self, shape: Shape) -> Sight:
        """The part of a network that looks at it, untrained."""

    @abstractmethod
    def look(self, observation: Observation, words: Words, who: str) -> Shown:
        """What an observation shows, as one row; the cameras that are wanted are there.

        Raises:
            PolicyError: It does not show what was learned from.
        """

    @abstractmethod
    def wanted(self, metadata: Metadata) -> Metadata:
        """The metadata of a policy that wants to be shown it."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """As a policy's card says it, its name as `variant`."""

    @staticmethod
    @abstractmethod
    def parse(card: Mapping[str, Any]) -> Variant:
        """The reverse; LookupError, TypeError or ValueError where the card is damaged."""
