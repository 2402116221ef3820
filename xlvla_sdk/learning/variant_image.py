"""ImageVariant: a policy that sees by the pictures of cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.data.camera_rows import camera_rows, cameras_of
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.pictures import squared
from xlvla_sdk.data.rows import THINGS, thing_names
from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.learning.batch import Batch, Shown
from xlvla_sdk.learning.moving import moved_about
from xlvla_sdk.learning.picture_changes import changed
from xlvla_sdk.learning.seeing_found import FoundSight
from xlvla_sdk.learning.seeing_pictures import PictureSight
from xlvla_sdk.learning.shape import Shape
from xlvla_sdk.learning.thing_rows import ThingRows
from xlvla_sdk.learning.variant import Variant, Viewing
from xlvla_sdk.learning.words import Words, padded
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import Metadata

if TYPE_CHECKING:
    from xlvla_sdk.learning.samples import Samples
    from xlvla_sdk.learning.training import Recipe

SIZE = 96
"""Height and width that pictures are brought to, unless somebody says otherwise [px]."""
LEAST = 16
"""Smaller pictures leave the encoder's filters nothing to look at [px]."""


@dataclass(frozen=True)
class ImageVariant(Variant):
    """Pictures.

    Attributes:
        cameras: Whose, in the order in which the network has them.
        size: Height and width that they are brought to: the middle square of a picture, so that a
            camera of another width sees alike [px].
        things: What it learns to find in them, where a dataset says where it is; none where it does not,
            and pictures are all that there is.
    """

    cameras: tuple[str, ...]
    size: int = SIZE
    things: tuple[str, ...] = ()
    name = "image"

    def __post_init__(self) -> None:
        if not self.cameras or len({*self.cameras}) != len(self.cameras):
            raise ValueError(f"cameras {', '.join(self.cameras) or 'none'}")
        if self.size < LEAST:
            raise ValueError(f"pictures of {self.size} x {self.size}, below {LEAST}")

    @staticmethod
    def of(
        dataset: Dataset, cameras: Sequence[str] | None = None, size: int = SIZE
    ) -> ImageVariant:
        """For a dataset: the cameras that are named, or all that it has; DataError when it has none."""
        there = cameras_of(dataset)
        if not there:
            raise DataError(
                f"{dataset.root}: has no pictures, and variant image sees by nothing else. Draw them into "
                "it: xlvla data render DATASET OUT --cameras front,right_wrist."
            )
        chosen = tuple(there if cameras is None else dict.fromkeys(cameras))
        if not chosen:
            raise DataError(f"no camera is named. Write --cameras {','.join(there)}.")
        if missing := [camera for camera in chosen if camera not in there]:
            raise DataError(
                f"{dataset.root}: has no pictures of '{missing[0]}'. It has those of: {', '.join(there)}. "
                "`xlvla data render` draws others into a simulated dataset.",
                camera=missing[0],
            )
        told = THINGS in dataset.info.features
        things = thing_names(dataset.feature(THINGS), str(dataset.root)) if told else ()
        return ImageVariant(chosen, size, tuple(things))

    @property
    def described(self) -> str:
        """With what it finds in its pictures."""
        found = ", ".join(self.things)
        return f"{self.name}, finds {found or 'nothing: the dataset does not say where things are'}"

    def viewing(self, dataset: Dataset) -> Viewing:
        """Of the cameras' pictures; DataError where there are none of one."""
        self.of(dataset, self.cameras, self.size)
        return _Pictures(dataset, self)

    def varied(
        self,
        batch: Batch,
        samples: Samples,
        recipe: Recipe,
        rng: np.random.Generator,
    ) -> Batch:
        """Pictures a little aside, and lighter or darker. They do not turn with the table, but what is
        found in them does, so where things are found, all the rest is turned and moved about."""
        batch = replace(batch, pictures=changed(batch.pictures, rng))
        if not self.things:
            return batch
        middle = samples.scales.position_mean
        return moved_about(batch, samples.arms, middle, rng, recipe.turn, recipe.shift)

    def sight(self, shape: Shape) -> PictureSight | FoundSight:
        if self.things:
            return FoundSight(shape, len(self.cameras), len(self.things))
        return PictureSight(shape, len(self.cameras))

    def look(self, observation: Observation, words: Words, who: str) -> Shown:
        """The pictures; PolicyError where a camera gives something else."""
        images = [_checked(camera, observation.images[camera], who) for camera in self.cameras]
        pictures = np.stack([squared(image, self.size) for image in images])
        shown = replace(Shown.nothing(1), pictures=pictures[None])
        if not self.things:
            return shown
        names = padded([words.numbers(name, who) for name in self.things])
        places = np.zeros((1, len(self.things), 9), dtype=np.float32)
        there = np.ones((1, len(self.things)), dtype=bool)
        return replace(shown, things=places, there=there, names=names[None])

    def wanted(self, metadata: Metadata) -> Metadata:
        return replace(metadata, cameras=self.cameras)

    def to_json(self) -> dict[str, Any]:
        said = {"variant": self.name, "cameras": list(self.cameras), "picture_size": self.size}
        return {**said, "finds": list(self.things)}

    @staticmethod
    def parse(card: Mapping[str, Any]) -> ImageVariant:
        cameras, finds = tuple(map(str, card["cameras"])), tuple(map(str, card.get("finds", ())))
        return ImageVariant(cameras, int(card["picture_size"]), finds)


class _Pictures(Viewing):
    """What some cameras saw, each picture decoded once, at the size of the network."""

    def __init__(self, dataset: Dataset, variant: ImageVariant) -> None:
        self._dataset, self._variant = dataset, variant
        self._episodes: list[np.ndarray] = []
        self._things = ThingRows(dataset) if variant.things else None
        if self._things is not None:
            self.texts = self._things.texts

    def take(self, episode: Episode) -> None:
        if self._things is not None:
            self._things.take(episode)
        size, cameras = self._variant.size, self._variant.cameras
        found = np.empty((len(episode), len(cameras), size, size, 3), dtype=np.uint8)
        for number, camera in enumerate(cameras):
            for row, image in enumerate(camera_rows(self._dataset, episode, camera)):
                found[row, number] = squared(image, size)
        self._episodes.append(found)

    def shown(self, words: Words, where: str) -> Shown:
        pictures = np.concatenate(self._episodes)
        if self._things is None:
            return replace(Shown.nothing(len(pictures)), pictures=pictures)
        return replace(self._things.known(words, where), pictures=pictures)


def _checked(camera: str, image: np.ndarray, who: str) -> UInt8[np.ndarray, "H W 3"]:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PolicyError(
            f"{who}: the picture of '{camera}' is {image.dtype} {image.shape}; wanted is uint8 (height, "
            "width, 3), red, green and blue.",
            camera=camera,
        )
    return image
