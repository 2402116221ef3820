"""Fits a new hand to a frozen space: its own networks learn, nothing else changes by a bit.

Sources are the frozen hands, whose codes and vectors are constants computed once, and the new
hand itself, through the frozen decoders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent.checkpoint import watched
from xlvla_sdk.latent.founding import frozen_hand, sharing
from xlvla_sdk.latent.losses import Weights, prior_loss, retarget_loss, source_pairs
from xlvla_sdk.latent.networks import GeometryEncoder, Networks
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
        deltas: Their thumb-to-finger vectors [m].
    """

    model: TipModel
    networks: Networks
    latent: Float[Tensor, "rows L"]
    deltas: Float[Tensor, "rows 4 3"]


def fit(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    preset: Preset | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> LatentCodec:
    """Trains the codec of a new hand.

    A twin of a founding hand begins at its networks. Any other encoder begins as the space's
    geometry encoder, where there is one: it is understood by every founding hand from the start.
    Training ends before the preset's steps when the loss on fixed postures no longer falls.

    Args:
        space: The frozen space.
        hand: The new hand's id.
        kinematics: As the space sees it (`shared_kinematics`).
        preset: The recipe; its latent width gives way to the space's, its hidden widths to the
            geometry encoder's. Left out: FIT_TWIN for a hand with a founding twin, else FIT.
        seed: Of everything drawn.
        progress: Told of every step.

    Returns:
        The codec; its measures say under `training` how many steps there were, and whether they
        ended early.

    Raises:
        XlvlaError: When the hand shares no finger with the space, or the loss stops being finite.
    """
    model = TipModel(kinematics)
    founding = twin(space, kinematics)
    preset = preset or (FIT_TWIN if founding else FIT)
    with seeded(seed) as generator:
        hands = [
            freeze(c, preset, generator, space.pinches.get(c.hand))
            for c in sharing(space, hand, kinematics)
        ]
        frozen = _Frozen(hands, TipStack([hand.model for hand in hands]))
        networks = _beginning(space, model, founding, preset)
        stock = pinch_stock(model, preset, generator)
        new = HandInTraining(hand, kinematics, model, networks, stock, preset.edges, preset.share)
        probe = torch.Generator().manual_seed(seed)

        @torch.no_grad()
        def measure() -> float:
            return float(_loss(new, frozen, preset, probe.manual_seed(seed)))

        with watched([new]):
            ended = run(
                lambda _: _loss(new, frozen, preset, generator),
                networks.parameters(),
                preset,
                progress,
                measure,
            )
    codec = LatentCodec(hand, space.id, kinematics, *networks.to_mlps(), reads=networks.reads)
    training = {"steps": ended.steps, "of": preset.steps, "early": ended.early}
    return replace(codec, measures={"training": training})


def _beginning(
    space: LatentSpace, model: TipModel, founding: LatentCodec | None, preset: Preset
) -> Networks:
    """The new hand's networks before the first step."""
    if founding:
        return Networks.from_mlps(founding.encoder, founding.decoder, founding.reads)
    if space.geometry is None or preset.reads == "joints":
        widths, activation = preset.widths, preset.activation
        return Networks(model.joints, space.width, widths, activation, preset.reads)
    geometry = GeometryEncoder.from_mlp(space.geometry)
    networks = Networks(
        model.joints, space.width, geometry.widths, geometry.activation, preset.reads
    )
    geometry.begin(networks, model.has[1:])
    return networks


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


def freeze(
    codec: LatentCodec,
    preset: Preset,
    generator: torch.Generator,
    pinches: Float[np.ndarray, "rows D"] | None = None,
) -> FrozenHand:
    """A founding hand's constants: codes and vectors of postures drawn as the preset draws them.

    Args:
        codec: The founding hand's.
        preset: The recipe.
        generator: What is drawn from.
        pinches: Pinches that the space has of it, normalised joints; made anew when left out.
    """
    hand = frozen_hand(codec, preset, generator, pinches)
    with torch.no_grad():
        postures = hand.draw(2 * preset.pool, generator)
        deltas = hand.deltas(postures)
        return FrozenHand(hand.model, hand.networks, hand.encode(postures, deltas)[0], deltas)


@dataclass(frozen=True)
class _Frozen:
    """The founding hands that a new one meets, and their fingertips in one walk."""

    hands: list[FrozenHand]
    tips: TipStack

    def drawn(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes (H, count, L) and vectors (H, count, 4, 3) of some postures of each."""
        rows = [torch.randint(len(h.latent), (count,), generator=generator) for h in self.hands]
        chosen = [(h.latent[r], h.deltas[r]) for h, r in zip(self.hands, rows, strict=True)]
        latent, deltas = zip(*chosen, strict=True)
        return torch.stack(latent), torch.stack(deltas)

    def both(self, new: HandInTraining, count: int) -> Bool[Tensor, "rows 4"]:
        """Pairs that each has in common with the new hand, for `count` rows of each."""
        shared = self.tips.has[:, None, 1:] & new.model.has[1:]
        return shared.expand(-1, count, -1).flatten(0, 1)


def _loss(
    new: HandInTraining, frozen: _Frozen, preset: Preset, generator: torch.Generator
) -> Tensor:
    weights = preset.weights
    postures = new.draw(preset.batch, generator)
    vectors = new.deltas(postures)
    mean, log_variance = new.encode(postures, vectors)
    latent = drawn(mean, log_variance, generator)
    constants = frozen.drawn(preset.inward or preset.batch, generator)
    inward = _inward(new, postures, vectors, frozen, constants, preset, latent)
    outward = _outward(new, vectors, frozen, weights, latent)
    terms = 2 * len(frozen.hands) + preset.own
    return (inward + outward) / terms + weights.prior * prior_loss(mean, log_variance)


def _inward(
    new: HandInTraining,
    postures: Tensor,
    vectors: Tensor,
    frozen: _Frozen,
    constants: tuple[Tensor, Tensor],
    preset: Preset,
    latent: Tensor,
) -> Tensor:
    """What the new decoder makes of its own codes and of the frozen hands': summed over hands."""
    weights, own = preset.weights, len(latent)
    codes, deltas = constants
    decoded = new.networks.decode(torch.cat([latent, codes.flatten(0, 1)]))
    reached = new.model.deltas(new.model.unnormalize(decoded))
    wanted = source_pairs(torch.cat([vectors, deltas.flatten(0, 1)]), weights)
    itself = new.model.has[1:].expand(own, -1)
    both = torch.cat([itself, frozen.both(new, codes.shape[1])])
    apart = retarget_loss(wanted, reached, both, weights)
    hands = len(frozen.hands)
    joints = (2 * hands + preset.own) * (decoded[:own] - postures).square().mean()
    loss = weights.reconstruction * joints + hands * apart[own:].mean()
    return loss + apart[:own].mean() if preset.own else loss


def _outward(
    new: HandInTraining, vectors: Tensor, frozen: _Frozen, weights: Weights, latent: Tensor
) -> Tensor:
    """What the frozen decoders make of the new hand's codes: summed over hands."""
    hands, rows = len(frozen.hands), len(latent)
    reached = frozen.tips.deltas([hand.networks.decode(latent) for hand in frozen.hands])
    wanted = source_pairs(vectors.expand(hands, -1, -1, -1).flatten(0, 1), weights)
    both = frozen.both(new, rows)
    return hands * retarget_loss(wanted, reached.flatten(0, 1), both, weights).mean()
