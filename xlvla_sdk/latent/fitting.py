"""Fits a new hand to a frozen space: its own networks learn, nothing else changes by a bit.

Sources are the frozen hands, whose codes and vectors are constants computed once, and the new
hand itself, through the frozen decoders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.checkpoint import watched
from xlvla_sdk.latent.losses import Pairs, Weights, prior_loss, retarget_loss, source_pairs
from xlvla_sdk.latent.networks import Networks
from xlvla_sdk.latent.presets import FIT, FIT_TWIN, Preset
from xlvla_sdk.latent.sampling import drawn
from xlvla_sdk.latent.training import HandInTraining, Progress, pinch_stock, run, seeded

TWIN = 0.02
"""Tips that stay within this of another hand's belong to its twin [m]."""


@dataclass(frozen=True)
class FrozenHand:
    """A founding hand with what never changes: networks, and codes and vectors of many postures.

    Attributes:
        model: The hand.
        networks: Its networks, frozen.
        latent: Codes of its postures.
        pairs: Their thumb-to-finger vectors.
    """

    model: TipModel
    networks: Networks
    latent: Float[Tensor, "rows L"]
    pairs: Pairs


def fit(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    preset: Preset | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> LatentCodec:
    """Trains the codec of a new hand.

    Args:
        space: The frozen space.
        hand: The new hand's id.
        kinematics: As the space sees it (`shared_kinematics`).
        preset: The recipe; its latent width gives way to the space's. Left out: FIT_TWIN for a
            hand with a founding twin, else FIT.
        seed: Of everything drawn.
        progress: Told of every step.

    Raises:
        XlvlaError: When the hand shares no finger with the space, or the loss stops being finite.
    """
    model = TipModel(kinematics)
    founding = twin(space, kinematics)
    preset = preset or (FIT_TWIN if founding else FIT)
    with seeded(seed) as generator:
        frozen = [freeze(codec, preset, generator) for codec in _sharing(space, hand, kinematics)]
        networks = (
            Networks.from_mlps(founding.encoder, founding.decoder)
            if founding
            else Networks(model.joints, space.width, preset.widths)
        )
        stock = pinch_stock(model, preset, generator)
        new = HandInTraining(hand, kinematics, model, networks, stock, preset.edges)
        weights = networks.parameters()
        with watched([new]):
            run(lambda _: _loss(new, frozen, preset, generator), weights, preset, progress)
    return LatentCodec(hand, space.id, kinematics, *networks.to_mlps())


def _sharing(space: LatentSpace, hand: str, kinematics: HandKinematics) -> list[LatentCodec]:
    """The founding hands that have a finger of the new hand's beside the thumb."""
    mine = set(kinematics.finger_names) - {"thumb"}
    sharing = [c for c in space.hands.values() if mine & set(c.kinematics.finger_names)]
    if not sharing:
        raise XlvlaError(
            f"{hand}: none of its fingers ({', '.join(sorted(mine))}) is on a hand of {space.id}, so "
            "nothing aligns it. Name its fingers in tip_links as the space's hands name theirs."
        )
    return sharing


def twin(space: LatentSpace, kinematics: HandKinematics) -> LatentCodec | None:
    """The codec of the founding hand that moves almost as this one, if there is one.

    Such as the mirrored right hand of a left one that is no exact mirror image: the same joints
    and fingers, and tips never far from where the other's are at the same place in their ranges.
    """
    for codec in space.hands.values():
        other = codec.kinematics
        if len(other.joints) != len(kinematics.joints):
            continue
        if other.finger_names == kinematics.finger_names and _apart(kinematics, other) < TWIN:
            return codec
    return None


def _apart(one: HandKinematics, other: HandKinematics) -> float:
    """The largest distance of two hands' tips over some postures [m]."""
    part = np.random.default_rng(0).random((64, len(one.joints)))
    tips = [hand.tips(hand.lower + (hand.upper - hand.lower) * part) for hand in (one, other)]
    return float(np.linalg.norm(tips[0] - tips[1], axis=-1).max())


def freeze(codec: LatentCodec, preset: Preset, generator: torch.Generator) -> FrozenHand:
    """A founding hand's constants, drawn as the preset draws them."""
    model = TipModel(codec.kinematics)
    networks = Networks.from_mlps(codec.encoder, codec.decoder).frozen()
    stock = pinch_stock(model, preset, generator)
    hand = HandInTraining(codec.hand, codec.kinematics, model, networks, stock, preset.edges)
    with torch.no_grad():
        postures = hand.draw(2 * preset.pool, generator)
        mean, _ = networks.encode(postures)
        deltas = model.deltas(model.unnormalize(postures))
    return FrozenHand(model, networks, mean, source_pairs(deltas, preset.weights))


def _loss(
    new: HandInTraining, frozen: list[FrozenHand], preset: Preset, generator: torch.Generator
) -> Tensor:
    postures = new.draw(preset.batch, generator)
    code = new.networks.encode(postures)
    latent = drawn(*code, generator)
    inward_rows = preset.inward or preset.batch
    constants = [_draw(hand, inward_rows, generator) for hand in frozen]
    decoded = new.networks.decode(torch.cat([latent, *(z for z, _ in constants)]))
    reconstruction = (decoded[: preset.batch] - postures).square().mean()
    reached = new.model.deltas(new.model.unnormalize(decoded))
    again, inward = reached[: preset.batch], reached[preset.batch :]
    with torch.no_grad():
        own = source_pairs(new.model.deltas(new.model.unnormalize(postures)), preset.weights)
    alignment = [
        _inward(hand, new.model, pairs, deltas, preset.weights)
        for hand, (_, pairs), deltas in zip(
            frozen, constants, inward.split(inward_rows), strict=True
        )
    ]
    alignment += [_outward(hand, new.model, own, latent, preset.weights) for hand in frozen]
    if preset.own:
        alignment.append(retarget_loss(own, again, new.model.has[1:], preset.weights).mean())
    weights = preset.weights
    return (
        weights.reconstruction * reconstruction
        + torch.stack(alignment).mean()
        + weights.prior * prior_loss(*code)
    )


def _draw(
    hand: FrozenHand, count: int, generator: torch.Generator
) -> tuple[Float[Tensor, "count L"], Pairs]:
    rows = torch.randint(len(hand.latent), (count,), generator=generator)
    p = hand.pairs
    return hand.latent[rows], Pairs(p.unit[rows], p.length[rows], p.weight[rows], p.contact[rows])


def _inward(
    hand: FrozenHand, new: TipModel, pairs: Pairs, deltas: Tensor, weights: Weights
) -> Tensor:
    """A frozen hand's code, decoded by the new hand."""
    return retarget_loss(pairs, deltas, hand.model.has[1:] & new.has[1:], weights).mean()


def _outward(
    hand: FrozenHand, new: TipModel, own: Pairs, latent: Tensor, weights: Weights
) -> Tensor:
    """The new hand's code, decoded by a frozen hand."""
    reached = hand.model.deltas(hand.model.unnormalize(hand.networks.decode(latent)))
    return retarget_loss(own, reached, hand.model.has[1:] & new.has[1:], weights).mean()
