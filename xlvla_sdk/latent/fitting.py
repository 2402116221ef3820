"""Fits a new hand to a frozen space: its own networks learn, nothing else changes by a bit.

Sources are the frozen hands, whose codes and vectors are constants computed once, and the new
hand itself, through the frozen decoders. Its own vectors, and what geometry makes of them, are
constants too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.checkpoint import watched
from xlvla_sdk.latent.decoders import FrozenDecoders
from xlvla_sdk.latent.founding import frozen_hand, sharing
from xlvla_sdk.latent.joining import Stock, begin_beside, codes, make_stock
from xlvla_sdk.latent.losses import Weights, prior_loss, source_pairs
from xlvla_sdk.latent.networks import GeometryEncoder, Networks
from xlvla_sdk.latent.presets import FIT, FIT_TWIN, Preset
from xlvla_sdk.latent.pulling import WEIGHT, Wanted, pulled
from xlvla_sdk.latent.sampling import drawn
from xlvla_sdk.latent.training import HandInTraining, Progress, pinch_stock, run, seeded

MANY_JOINTS, STEEPNESS = 16, 2.0
"""Hands of so many joints weigh them as the recipe says, others more, by this power of the ratio."""
TRIES = 2
"""Of each pinch; with four, which pretraining takes, no hand was better."""
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
    near: Mapping[str, Float[np.ndarray, "_ _"]] = MappingProxyType({}),
) -> LatentCodec:
    """Trains the codec of a new hand.

    A twin of a founding hand begins at its networks. Any other hand's codes are what the space's
    geometry encoder says, where there is one, and what its own encoder adds to that: it is
    understood by every founding hand from the start.
    Training ends before the preset's steps when the loss on fixed postures no longer falls.

    Args:
        space: The frozen space.
        hand: The new hand's id.
        kinematics: As the space sees it (`shared_kinematics`).
        preset: The recipe; its latent width gives way to the space's, its hidden widths to a
            founding decoder's where codes begin at the geometry encoder. Left out: FIT_TWIN for a
            hand with a founding twin, else FIT.
        seed: Of everything drawn.
        progress: Told of every step.
        near: Postures of a task [rad, m] by hand, this one's and founding ones': a quarter of what is
            drawn of each of them is these, and their neighbourhood.

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
            freeze(c, preset, generator, space.pinches.get(c.hand), near.get(c.hand))
            for c in sharing(space, hand, kinematics)
        ]
        frozen = _frozen(hands, model, preset)
        beside = None if founding or preset.reads == "joints" else space.geometry
        geometry = beside and GeometryEncoder.from_mlp(beside)
        pinches = _and_near(pinch_stock(model, preset, generator, TRIES), model, near.get(hand))
        reads = founding.reads if founding else preset.reads
        stock = make_stock(model, pinches, preset, geometry, space.width, reads, generator)
        networks = _beginning(space, model, founding, stock, hands, preset, beside is not None)
        new = _New(model, networks, stock)
        probe = torch.Generator().manual_seed(seed)

        @torch.no_grad()
        def measure() -> float:
            return float(_loss(new, frozen, preset, probe.manual_seed(seed)))

        with watched([HandInTraining(hand, kinematics, model, networks, pinches)]):
            ended = run(
                lambda _: _loss(new, frozen, preset, generator),
                networks.parameters(),
                preset,
                progress,
                measure,
            )
    training = {"steps": ended.steps, "of": preset.steps, "early": ended.early}
    return LatentCodec(
        hand,
        space.id,
        kinematics,
        *networks.to_mlps(),
        measures={"training": training},
        reads=networks.reads,
        geometry=beside,
    )


@dataclass(frozen=True)
class _New:
    """The hand that joins: its networks learn, its postures and what is known of them do not."""

    model: TipModel
    networks: Networks
    stock: Stock


def _beginning(
    space: LatentSpace,
    model: TipModel,
    founding: LatentCodec | None,
    stock: Stock,
    frozen: list[FrozenHand],
    preset: Preset,
    beside: bool,
) -> Networks:
    """The new hand's networks before the first step."""
    if founding:
        return Networks.from_mlps(founding.encoder, founding.decoder, founding.reads)
    if beside:
        decoders = [hand.networks.decoder for hand in frozen]
        return begin_beside(space, model, stock, decoders, preset)
    return Networks(model.joints, space.width, preset.widths, preset.activation, preset.reads)


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
    near: Float[np.ndarray, "_ D"] | None = None,
) -> FrozenHand:
    """A founding hand's constants: codes and vectors of postures drawn as the preset draws them.

    Args:
        codec: The founding hand's.
        preset: The recipe.
        generator: What is drawn from.
        pinches: Pinches that the space has of it, normalised joints; made anew when left out.
        near: Postures of a task [rad, m], drawn as often as pinches.
    """
    hand = frozen_hand(codec, preset, generator, pinches)
    hand.pinches = _and_near(hand.pinches, hand.model, near)
    with torch.no_grad():
        postures = hand.draw(2 * preset.pool, generator)
        deltas = hand.deltas(postures)
        return FrozenHand(hand.model, hand.networks, hand.encode(postures, deltas)[0], deltas)


def _and_near(
    pinches: Float[Tensor, "rows D"], model: TipModel, near: Float[np.ndarray, "_ D"] | None
) -> Float[Tensor, "_ D"]:
    """Pinches, and as many postures of a task where there is one; no other draw depends on it."""
    if near is None:
        return pinches
    postures = model.normalize(torch.from_numpy(near).float()).clamp(-1.0, 1.0)
    own = torch.Generator().manual_seed(len(pinches))
    return torch.cat([pinches, sampling.around(postures, len(pinches), own)])


@dataclass(frozen=True)
class _Frozen:
    """The founding hands as a new one meets them, all at once.

    Attributes:
        hands: How many.
        latent: Codes of their postures, as many rows of one as of the other.
        pairs: What losses need of the vectors, packed, with the part of each pair in the loss.
        heard: How many of these a step takes: blocks of as many rows as it takes of the new hand.
        decoders: Their decoders.
        tips: The new hand's fingertips, a block for its own codes and each of theirs, and theirs.
        part: Of each pair in the loss, by block of `tips`; one where `pairs` have it already.
    """

    hands: int
    latent: Float[Tensor, "rows L"]
    pairs: Float[Tensor, "rows 4 6"]
    heard: int
    decoders: FrozenDecoders
    tips: TipStack
    part: Float[Tensor, "blocks 4 1 1"]

    def drawn(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes (heard, L) and packed pairs of some postures, of each hand in turn as many."""
        each = len(self.latent) // self.hands
        rows = torch.randint(each, (self.heard,), generator=generator)
        rows += each * (torch.arange(self.heard) * self.hands // self.heard)
        return self.latent[rows], self.pairs[rows]


def _frozen(hands: list[FrozenHand], new: TipModel, preset: Preset) -> _Frozen:
    count, batch = len(hands), preset.batch
    blocks = -(-count * (preset.inward or batch) // batch)
    tips = TipStack([new] * (1 + blocks) + [hand.model for hand in hands])
    both = (tips.has[:, 1:] & new.has[1:]).float()
    # Means over rows, and over the fingers that two hands have in common.
    both /= (2 * count + preset.own) * batch * both.sum(dim=1, keepdim=True)
    theirs = both[1 + blocks :]
    part = torch.cat([both[:1] * preset.own, torch.ones(blocks, 4), theirs])
    pairs = [source_pairs(hand.deltas, preset.weights).packed() for hand in hands]
    for rows, shared in zip(pairs, theirs, strict=True):
        rows[:, :, WEIGHT:] *= shared[:, None] * count / blocks
    return _Frozen(
        count,
        torch.cat([hand.latent for hand in hands]),
        torch.cat(pairs),
        blocks * batch,
        FrozenDecoders([hand.networks for hand in hands]),
        tips,
        part[:, :, None, None],
    )


def _loss(new: _New, frozen: _Frozen, preset: Preset, generator: torch.Generator) -> Tensor:
    rows = new.stock.drawn(preset.batch, preset.share, generator)
    mean, log_variance = codes(new.networks, new.stock, rows)
    latent = drawn(mean, log_variance, generator)
    heard, pairs = frozen.drawn(generator)
    own = new.networks.decode(torch.cat([latent, heard]))
    # The new decoder's answers to its own codes and the frozen hands', and theirs to its codes.
    answers = _stacked([own.unflatten(0, (-1, preset.batch)), frozen.decoders(latent)])
    wanted = _wanted(new.stock.pairs[rows], pairs, frozen, preset.weights)
    joints = (own[: preset.batch] - new.stock.postures[rows]).square().mean()
    reconstruction = preset.weights.reconstruction * reconstructible(new.model.joints)
    prior = preset.weights.prior * prior_loss(mean, log_variance)
    return pulled(frozen.tips, answers, wanted) + reconstruction * joints + prior


def _stacked(rows: Sequence[Float[Tensor, "_ batch _"]]) -> Float[Tensor, "blocks batch D"]:
    """Joints of some hands, padded to those of the one that has most."""
    joints = max(x.shape[-1] for x in rows)
    return torch.cat([pad(x, (0, joints - x.shape[-1])) for x in rows])


def _wanted(own: Tensor, heard: Tensor, frozen: _Frozen, weights: Weights) -> Wanted:
    """What the blocks of `frozen.tips` are to reach, from packed pairs of what is encoded."""
    mine = own.permute(1, 2, 0)[None]
    theirs = heard.unflatten(0, (-1, len(own))).permute(0, 2, 3, 1)
    packed = torch.cat([mine, theirs, mine.expand(frozen.hands, -1, -1, -1)])
    packed[:, :, WEIGHT:] *= frozen.part
    return Wanted(packed, weights)


def reconstructible(joints: int) -> float:
    """How much more joints weigh on a hand that has few of them.

    Vectors say nearly all of six joints, so that bringing those back costs the alignment nothing;
    of sixteen they leave some free, and what a code says of them the other hands have to overhear.
    """
    return (MANY_JOINTS / joints) ** STEEPNESS if joints < MANY_JOINTS else 1.0
