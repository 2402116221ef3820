"""Founding hands: frozen ones, as a hand that joins meets them, and the space that trained ones make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.codec.codebook import Codebook
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.codec.space import space_hash
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.networks import Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.training import HandInTraining, pinch_stock


def require_two(hands: Mapping[str, HandKinematics], name: str) -> None:
    """XlvlaError when there are fewer than two hands."""
    if len(hands) < 2:
        raise XlvlaError(
            f"space '{name}' has {len(hands)} founding hands ({', '.join(hands) or 'none'}), and "
            "aligning takes two or more. Name another hand."
        )


def frozen_hands(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    preset: Preset,
    generator: torch.Generator,
) -> list[HandInTraining]:
    """The founding hands that share a finger with a new one beside the thumb, out of any reach.

    Raises:
        XlvlaError: When there are none.
    """
    return [frozen_hand(c, preset, generator) for c in sharing(space, hand, kinematics)]


def sharing(space: LatentSpace, hand: str, kinematics: HandKinematics) -> list[LatentCodec]:
    """The founding hands that have a finger of a new hand's beside the thumb.

    Raises:
        XlvlaError: When there are none.
    """
    mine = set(kinematics.finger_names) - {"thumb"}
    found = [c for c in space.hands.values() if mine & set(c.kinematics.finger_names)]
    if not found:
        raise XlvlaError(
            f"{hand}: none of its fingers ({', '.join(sorted(mine))}) is on a hand of {space.id}, so "
            "nothing aligns it. Name its fingers in tip_links as the space's hands name theirs."
        )
    return found


def founding_space(
    name: str,
    hands: Sequence[HandInTraining],
    card: Mapping[str, Any],
    codebook: Codebook | None = None,
    geometry: Mlp | None = None,
) -> LatentSpace:
    """The space that trained hands found, under its hash."""

    def codecs(space: str) -> dict[str, LatentCodec]:
        return {
            hand.name: LatentCodec(
                hand.name,
                space,
                hand.kinematics,
                *hand.networks.to_mlps(),
                codebook=codebook,
                reads=hand.networks.reads,
            )
            for hand in hands
        }

    weights = {h: (c.kinematics, codec_tensors(c)) for h, c in codecs("").items()}
    digest = space_hash(weights, geometry)
    return LatentSpace(name, digest, codecs(f"{name}@{digest[:8]}"), dict(card), geometry)


def frozen_hand(
    codec: LatentCodec,
    preset: Preset,
    generator: torch.Generator,
    pinches: Float[np.ndarray, "rows D"] | None = None,
) -> HandInTraining:
    """A founding hand whose networks stay as they are.

    Args:
        codec: The founding hand's.
        preset: The recipe.
        generator: What is drawn from.
        pinches: Pinches that the space has of it, normalised joints; made anew when left out.
    """
    model = TipModel(codec.kinematics)
    networks = Networks.from_mlps(codec.encoder, codec.decoder, codec.reads).frozen()
    known = None if pinches is None else torch.from_numpy(pinches.astype(np.float32))
    stock = pinch_stock(model, preset, generator) if known is None else known
    return HandInTraining(
        codec.hand, codec.kinematics, model, networks, stock, preset.edges, preset.share
    )
