"""Trains a space: the founding hands' encoders and decoders together, from nothing but kinematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import torch
from torch import Tensor

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import space_hash
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.checkpoint import Checkpoint, watched
from xlvla_sdk.latent.losses import prior_loss, retarget_loss, source_pairs
from xlvla_sdk.latent.networks import Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.sampling import drawn
from xlvla_sdk.latent.training import HandInTraining, Progress, pinch_stock, run, seeded


def pretrain(
    hands: Mapping[str, HandKinematics],
    preset: Preset,
    seed: int,
    name: str,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> LatentSpace:
    """Trains a space on its founding hands.

    Args:
        hands: Hand id to kinematics as the space sees them (`shared_kinematics`), two or more.
        preset: The recipe.
        seed: Of everything drawn. The same seed gives the same bits.
        name: What the space is called.
        progress: Told of every step.
        checkpoint: Where the last good state is kept on the way; nowhere when left out. It is
            there still when training ends: `clear` it once the space is saved.

    Returns:
        The space, with its card: preset, seed, versions, final loss.

    Raises:
        XlvlaError: When there are fewer than two hands, or the loss stops being finite: with the
            step, the hand whose numbers are not, and what the checkpoint holds.
    """
    if len(hands) < 2:
        raise XlvlaError(
            f"space '{name}' has {len(hands)} founding hands ({', '.join(hands) or 'none'}), and "
            "aligning takes two or more. Name another hand."
        )
    with seeded(seed) as generator:
        founding = [founding_hand(hand, kin, preset, generator) for hand, kin in hands.items()]
        parameters = [p for hand in founding for p in hand.networks.parameters()]
        card = {"preset": asdict(preset), "seed": seed, "torch": str(torch.__version__)}

        def loss(step: int) -> Tensor:
            value = space_loss(founding, preset, generator)
            if checkpoint is not None:
                checkpoint.keep(step, value, lambda called: _space(called, founding, card))
            return value

        with watched(founding, checkpoint):
            last = run(loss, parameters, preset, progress)
    return _space(name, founding, {**card, "final_loss": last})


def founding_hand(
    name: str, kinematics: HandKinematics, preset: Preset, generator: torch.Generator
) -> HandInTraining:
    """A hand at the beginning of its training: fresh networks and its stock of pinches."""
    model = TipModel(kinematics)
    networks = Networks(model.joints, preset.latent, preset.widths)
    stock = pinch_stock(model, preset, generator)
    return HandInTraining(name, kinematics, model, networks, stock, preset.edges)


def space_loss(hands: list[HandInTraining], preset: Preset, generator: torch.Generator) -> Tensor:
    """The loss of a step on a fresh batch: every hand's postures through every hand's decoder."""
    weights = preset.weights
    postures = [hand.draw(preset.batch, generator) for hand in hands]
    codes = [hand.networks.encode(x) for hand, x in zip(hands, postures, strict=True)]
    prior = torch.stack([prior_loss(*code) for code in codes]).mean()
    latent = torch.cat([drawn(*code, generator) for code in codes])
    with torch.no_grad():
        deltas = [
            h.model.deltas(h.model.unnormalize(x)) for h, x in zip(hands, postures, strict=True)
        ]
    source = source_pairs(torch.cat(deltas), weights)
    has = torch.cat([hand.model.has[1:].expand(preset.batch, -1) for hand in hands])
    reconstruction, alignment = [], []
    for index, (hand, x) in enumerate(zip(hands, postures, strict=True)):
        decoded = hand.networks.decode(latent)
        start, end = index * preset.batch, (index + 1) * preset.batch
        reconstruction.append((decoded[start:end] - x).square().mean())
        if weights.aligns:
            target = hand.model.deltas(hand.model.unnormalize(decoded))
            loss = retarget_loss(source, target, has & hand.model.has[1:], weights)
            others = (loss[:start].sum() + loss[end:].sum()) / (len(loss) - preset.batch)
            alignment.append(loss.mean() if preset.own else others)
    total = weights.reconstruction * torch.stack(reconstruction).mean() + weights.prior * prior
    return total + torch.stack(alignment).mean() if alignment else total


def _space(name: str, founding: list[HandInTraining], card: dict[str, object]) -> LatentSpace:
    mlps = {hand.name: hand.networks.to_mlps() for hand in founding}
    kinematics = {hand.name: hand.kinematics for hand in founding}
    tensors = {
        hand: codec_tensors(LatentCodec(hand, "", kinematics[hand], *mlps[hand])) for hand in mlps
    }
    digest = space_hash({hand: (kinematics[hand], tensors[hand]) for hand in mlps})
    codecs = {
        hand: LatentCodec(hand, f"{name}@{digest[:8]}", kinematics[hand], *mlps[hand])
        for hand in mlps
    }
    return LatentSpace(name, digest, codecs, card)
