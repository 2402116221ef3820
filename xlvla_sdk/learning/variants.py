"""The variants there are, by the names that a command line and a policy's card have for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.errors import DataError
from xlvla_sdk.learning.variant import Variant
from xlvla_sdk.learning.variant_image import LEAST, SIZE, ImageVariant
from xlvla_sdk.learning.variant_state import StateVariant

VARIANTS: dict[str, type[Variant]] = {one.name: one for one in (StateVariant, ImageVariant)}


def chosen_variant(
    name: str,
    dataset: Dataset,
    cameras: Sequence[str] | None = None,
    size: int | None = None,
) -> Variant:
    """The variant that a policy of a dataset is asked to be.

    Args:
        name: One of VARIANTS.
        dataset: What it will learn from.
        cameras: Whose pictures; all that the dataset has when left out.
        size: Height and width that they are brought to [px].

    Raises:
        DataError: The dataset has no such pictures, they would be too small, or a variant without
            pictures is told of them.
    """
    if name == ImageVariant.name:
        if size is not None and size < LEAST:
            raise DataError(
                f"pictures of {size} x {size} are too small. Say --size {LEAST} or more."
            )
        return ImageVariant.of(dataset, cameras, SIZE if size is None else size)
    if cameras is not None or size is not None:
        raise DataError(
            f"variant {name} sees no pictures. Say --variant image, or leave --cameras and --size out."
        )
    return StateVariant()


def parse_variant(card: Mapping[str, Any]) -> Variant:
    """The variant that a policy's card says; LookupError, TypeError or ValueError when it is damaged."""
    return VARIANTS[card["variant"]].parse(card)
