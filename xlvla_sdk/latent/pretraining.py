"""Trains a space: the founding hands' encoders and decoders together, from nothing but kinematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.apart import Share, shares_sum
from xlvla_sdk.latent.checkpoint import Checkpoint, watched
from xlvla_sdk.latent.founding import founding_space, require_two
from xlvla_sdk.latent.losses import Pairs, prior_loss, retarget_loss, source_pairs
from xlvla_sdk.latent.networks import GeometryEncoder, Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.sampling import drawn
from xlvla_sdk.latent.training import HandInTraining, Progress, pinch_stock, run, seeded
from xlvla_sdk.latent.virtual import virtual_vectors


def pretrain(
    hands: Mapping[str, HandKinematics],
    preset: Preset,
    seed: int,
    name: str,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    device: torch.device | str = "cpu",
) -> LatentSpace:
    """Trains a space on its founding hands.

    Args:
        hands: Hand id to kinematics as the space sees them (`shared_kinematics`), two or more.
        preset: The recipe.
        seed: Of everything drawn, on the CPU whatever the device. The same seed gives the same
            bits there; on another device sums come in an order of their own.
        name: What the space is called.
        progress: Told of every step.
        checkpoint: Where the last good state is kept on the way; nowhere when left out. It is
            there still when training ends: `clear` it once the space is saved.
        device: Where to compute.

    Returns:
        The space, with its card: preset, seed, device, versions, final loss.

    Raises:
        XlvlaError: When there are fewer than two hands, or the loss stops being finite: with the
            step, the hand whose numbers are not, and what the checkpoint holds.
    """
    require_two(hands, name)
    with seeded(seed) as generator:
        founding = [
            founding_hand(hand, kin, preset, generator, device) for hand, kin in hands.items()
        ]
        geometry = _geometry(preset, device)
        modules = [hand.networks for hand in founding] + ([geometry] if geometry else [])
        parameters = [parameter for module in modules for parameter in module.parameters()]
        card = _card(preset, seed, device)

        def loss(step: int) -> Tensor:
            value = space_loss(founding, preset, generator, geometry)
            if checkpoint is not None:
                checkpoint.keep(
                    step, value, lambda called: _space(called, founding, geometry, card)
                )
            return value

        with watched(founding, checkpoint):
            ended = run(loss, parameters, preset, progress)
    return _space(name, founding, geometry, {**card, "final_loss": ended.loss})


def founding_hand(
    name: str,
    kinematics: HandKinematics,
    preset: Preset,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
) -> HandInTraining:
    """A hand at the beginning of its training: fresh networks and its stock of pinches.

    Networks are made on the CPU and moved: they begin the same on every device.
    """
    model = TipModel(kinematics, device=device)
    networks = Networks(model.joints, preset.latent, preset.widths, preset.activation, preset.reads)
    stock = pinch_stock(model, preset, generator)
    return HandInTraining(
        name, kinematics, model, networks.to(device), stock, preset.edges, preset.share
    )


def _geometry(preset: Preset, device: torch.device | str) -> GeometryEncoder | None:
    if not preset.virtual:
        return None
    return GeometryEncoder(preset.latent, preset.widths, preset.activation).to(device)


def _card(preset: Preset, seed: int, device: torch.device | str) -> dict[str, object]:
    return {
        "preset": asdict(preset),
        "seed": seed,
        "device": torch.device(device).type,
        "torch": str(torch.__version__),
    }


@dataclass
class Sources:
    """What a step's decoders are given, and what they are to reach.

    Attributes:
        latent: Codes, drawn.
        deltas: Thumb-to-finger vectors of what was encoded [m].
        has: Which fingers they have.
        real: How many of them are of founding hands; virtual hands' come behind.
        prior: L3 of the codes.
        tie: Mean squared distance of the hands' codes from the geometry encoder's.
    """

    latent: Float[Tensor, "rows L"]
    deltas: Float[Tensor, "rows 4 3"]
    has: Bool[Tensor, "rows 4"]
    real: int
    prior: Tensor
    tie: Tensor


def space_loss(
    hands: list[HandInTraining],
    preset: Preset,
    generator: torch.Generator,
    geometry: GeometryEncoder | None = None,
) -> Tensor:
    """The loss of a step on a fresh batch: every hand's postures through every hand's decoder.

    Args:
        hands: The founding hands.
        preset: The recipe.
        generator: What is drawn from.
        geometry: The space's geometry encoder, where the recipe has virtual hands.
    """
    weights = preset.weights
    postures = [hand.draw(preset.batch, generator) for hand in hands]
    sources = _sources(hands, postures, preset, generator, geometry)
    pairs = source_pairs(sources.deltas, weights)
    shares = [
        Share.by(
            partial(_heard_by, hand, index, x, sources, pairs, preset),
            hand.networks.decoder.parameters(),
        )
        for index, (hand, x) in enumerate(zip(hands, postures, strict=True))
    ]
    heard = shares_sum(shares, sources.latent) / len(hands)
    return heard + weights.prior * sources.prior + preset.tie * sources.tie


def _heard_by(
    hand: HandInTraining,
    index: int,
    own: Tensor,
    sources: Sources,
    pairs: Pairs,
    preset: Preset,
    latent: Tensor,
) -> Tensor:
    """What a hand's decoder makes of all codes: of its own joints, of the others' vectors, and of
    virtual hands'."""
    weights, batch = preset.weights, preset.batch
    decoded = hand.networks.decode(latent)
    start, end = index * batch, (index + 1) * batch
    loss = weights.reconstruction * (decoded[start:end] - own).square().mean()
    if not weights.aligns:
        return loss
    target = hand.model.deltas(hand.model.unnormalize(decoded))
    apart = retarget_loss(pairs, target, sources.has & hand.model.has[1:], weights)
    real, imagined = apart[: sources.real], apart[sources.real :]
    others = (real[:start].sum() + real[end:].sum()) / (len(real) - batch)
    loss = loss + (real.mean() if preset.own else others)
    return loss + preset.virtual_weight * imagined.mean() if len(imagined) else loss


def _sources(
    hands: list[HandInTraining],
    postures: list[Tensor],
    preset: Preset,
    generator: torch.Generator,
    geometry: GeometryEncoder | None,
) -> Sources:
    """Every hand's postures, and behind them those of virtual hands."""
    deltas = [hand.deltas(x) for hand, x in zip(hands, postures, strict=True)]
    codes = [h.encode(x, d) for h, x, d in zip(hands, postures, deltas, strict=True)]
    mean, log_variance = (torch.cat(parts) for parts in zip(*codes, strict=True))
    prior, latent = prior_loss(mean, log_variance), drawn(mean, log_variance, generator)
    has = torch.cat([hand.model.has[1:].expand(preset.batch, -1) for hand in hands])
    if geometry is None:
        return Sources(latent, torch.cat(deltas), has, len(latent), prior, torch.zeros_like(prior))
    tie = (mean - geometry.encode(torch.cat(deltas), has)[0]).square().mean()
    some = torch.randperm(preset.batch, generator=generator)[: preset.virtual]
    heard = torch.cat([d[some.to(d.device)] for d in deltas])
    owners = torch.cat([hand.model.has[1:].expand(preset.virtual, -1) for hand in hands])
    heard, there = virtual_vectors(heard, owners, generator)
    code = geometry.encode(heard, there)
    return Sources(
        torch.cat([latent, drawn(*code, generator)]),
        torch.cat([*deltas, heard]),
        torch.cat([has, there]),
        len(latent),
        prior + prior_loss(*code),
        tie,
    )


def _space(
    name: str,
    founding: list[HandInTraining],
    geometry: GeometryEncoder | None,
    card: Mapping[str, object],
) -> LatentSpace:
    space = founding_space(name, founding, card, geometry=geometry and geometry.to_mlp())
    return replace(space, pinches={hand.name: _pinches(hand) for hand in founding})


def _pinches(hand: HandInTraining) -> Float[np.ndarray, "rows D"]:
    """Some of a hand's pinches, for hands that join later."""
    return hand.pinches[:: -(-len(hand.pinches) // KEPT)].cpu().numpy().astype(np.float16)


KEPT = 4096
"""How many pinches of each founding hand a space keeps at most."""
