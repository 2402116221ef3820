"""The latent spaces that replays go through: ours, and those of other methods, trained once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.compare import trained
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent.methods import RECIPES, Method
from xlvla_sdk.registry import registry

METHODS = {"LAD": Method.LAD, "VQ": Method.VQ}
SEED = 7
"""Of their training."""


@dataclass(frozen=True)
class Spaces:
    """What replays go through.

    Attributes:
        ours: The shipped space.
        others: By the name of their way.
        notes: How each came to be.
    """

    ours: LatentSpace
    others: Mapping[str, LatentSpace]
    notes: tuple[str, ...]


def spaces(folder: Path) -> Spaces:
    """Those of a folder where they are of these hands, made this way; else trained, and kept there.

    Args:
        folder: Where `python -m bench.latent compare --keep` keeps them, too.
    """
    ours = load_space()
    notes = [f"latent: the shipped space {ours.id}."]
    others = {name: other_space(name, folder, notes) for name in METHODS}
    return Spaces(ours, others, tuple(notes))


def other_space(name: str, folder: Path, notes: list[str]) -> LatentSpace:
    """One of another method on the hands of the shipped space; how it came to be is added to notes."""
    hands = {hand: shared_kinematics(registry().hand(hand)) for hand in load_space().hands}
    recipe = RECIPES[METHODS[name]]
    return trained(f"bench-{recipe.name}", METHODS[name], recipe, hands, folder, SEED, notes)
