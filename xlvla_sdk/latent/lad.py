"""A supervised latent: pairs from optimisation, contrastive encoders, regression decoders.

Latent Action Diffusion's kind of space, for comparison. Postures of every hand are retargeted to
all others by the oracle, which gives rows in which each hand does the same. First the encoders
learn to tell a row from every other, whatever the hand (InfoNCE over pairs of hands); then the
decoders regress each hand's joints of a row from any hand's code of it, while the encoders go on.
docs/concepts/baselines.md says what is whose.

Source: Bauer, Nava, Katzschmann, Latent Action Diffusion for Cross-Embodiment Manipulation,
arXiv 2506.14608, section III.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent.checkpoint import Checkpoint, watched
from xlvla_sdk.latent.founding import founding_space, frozen_hands, require_two
from xlvla_sdk.latent.matching import MatchedRows, match
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.pretraining import founding_hand
from xlvla_sdk.latent.training import HandInTraining, Progress, run, seeded

METHOD = "lad"
"""What the card of a space trained so says."""

LAD = Preset(
    "lad",
    widths=(128, 256, 128),
    steps=4000,
    batch=512,
    cosine=True,
    pinches="closing",
    pool=4096,
    edges=True,
)
"""How a supervised space is trained: steps of both stages together; no geometry in its losses."""

LAD_FIT = replace(LAD, name="lad-fit", steps=1500, rate=3e-3)
"""How a hand joins one."""


@dataclass(frozen=True)
class Supervision:
    """What is learnt from matched rows.

    Attributes:
        rows: Postures of each hand that are retargeted to all others.
        oracle_steps: Optimiser steps of each.
        encoders_alone: Part of the run in which encoders learn alone.
        temperature: Of InfoNCE over squared distances of codes, at the beginning.
        final_temperature: The same at the end of the encoders' part, and after.
        contrast: Weight of InfoNCE while decoders learn.
        regression: Weight of the squared error of normalised joints.
        prior: Weight of the codes' squared length, which nothing else bounds.
    """

    rows: int = 4096
    oracle_steps: int = 200
    encoders_alone: float = 0.3
    temperature: float = 1.0
    final_temperature: float = 0.1
    contrast: float = 0.001
    regression: float = 1.0
    prior: float = 1e-4


def pretrain_lad(
    hands: Mapping[str, HandKinematics],
    seed: int,
    name: str,
    progress: Progress | None = None,
    preset: Preset = LAD,
    how: Supervision | None = None,
    checkpoint: Checkpoint | None = None,
) -> LatentSpace:
    """Trains a supervised space on its founding hands.

    Args:
        hands: Hand id to kinematics as the space sees them (`shared_kinematics`), two or more.
        seed: Of everything drawn. The same seed gives the same bits.
        name: What the space is called.
        progress: Told of every step of training; the oracle runs before the first.
        preset: The recipe.
        how: What is learnt from matched rows.
        checkpoint: Where the last good state is kept on the way; nowhere when left out.

    Raises:
        XlvlaError: When there are fewer than two hands, two of them share no finger beside the
            thumb, or the loss stops being finite.
    """
    require_two(hands, name)
    how = how or Supervision()
    with seeded(seed) as generator:
        founding = [founding_hand(hand, kin, preset, generator) for hand, kin in hands.items()]
        rows = match(founding, how.rows, how.oracle_steps, generator)
        card = _card(preset, how, seed)

        def keep(step: int, loss: Tensor) -> None:
            if checkpoint is not None:
                checkpoint.keep(step, loss, lambda called: founding_space(called, founding, card))

        with watched(founding, checkpoint):
            last = _train(founding, 0, rows, preset, how, generator, progress, keep)
    return founding_space(name, founding, {**card, "final_loss": last})


def _card(preset: Preset, how: Supervision, seed: int) -> dict[str, object]:
    return {
        "method": METHOD,
        "preset": asdict(preset),
        "supervision": asdict(how),
        "seed": seed,
        "torch": str(torch.__version__),
    }


def fit_lad(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    seed: int = 7,
    progress: Progress | None = None,
    preset: Preset = LAD_FIT,
    how: Supervision | None = None,
) -> LatentCodec:
    """Trains the codec of a new hand on rows matched with the founding hands, which stay frozen.

    Raises:
        XlvlaError: When the hand shares no finger with one of the founding hands, or the loss
            stops being finite.
    """
    how = how or Supervision(rows=2048)
    with seeded(seed) as generator:
        frozen = frozen_hands(space, hand, kinematics, preset, generator)
        new = founding_hand(hand, kinematics, replace(preset, latent=space.width), generator)
        rows = match([*frozen, new], how.rows, how.oracle_steps, generator)
        _train([*frozen, new], len(frozen), rows, preset, how, generator, progress)
    return LatentCodec(hand, space.id, kinematics, *new.networks.to_mlps())


def _train(
    hands: Sequence[HandInTraining],
    first: int,
    rows: MatchedRows,
    preset: Preset,
    how: Supervision,
    generator: torch.Generator,
    progress: Progress | None,
    keep: Callable[[int, Tensor], None] | None = None,
) -> float:
    """Both stages, one after the other, each with a schedule of its own; returns the last loss."""
    alone = max(1, round(how.encoders_alone * preset.steps))
    learning = hands[first:]
    total = preset.steps

    def told(offset: int) -> Progress:
        def tell(step: int, _: int, value: float) -> None:
            if progress is not None:
                progress(offset + step, total, value)

        return tell

    def contrast(step: int) -> Tensor:
        codes, _ = _batch(hands, rows, preset.batch, generator)
        return _contrast(codes, first, _temperature(how, step / alone), how)

    def regress(step: int) -> Tensor:
        codes, postures = _batch(hands, rows, preset.batch, generator)
        loss = how.contrast * _contrast(codes, first, how.final_temperature, how)
        loss = loss + how.regression * _regression(hands, first, codes, postures)
        if keep is not None:  # before this stage decoders know nothing
            keep(alone + step, loss)
        return loss

    encoders = [p for hand in learning for p in hand.networks.encoder.parameters()]
    last = run(contrast, encoders, replace(preset, steps=alone), told(0)).loss
    if alone < total:
        both = [p for hand in learning for p in hand.networks.parameters()]
        last = run(regress, both, replace(preset, steps=total - alone), told(alone)).loss
    return last


def _temperature(how: Supervision, done: float) -> float:
    return how.temperature * (how.final_temperature / how.temperature) ** done


def _batch(
    hands: Sequence[HandInTraining], rows: MatchedRows, count: int, generator: torch.Generator
) -> tuple[list[Tensor], list[Tensor]]:
    """Codes and postures of some matched rows, hand by hand."""
    chosen = torch.randint(len(rows), (count,), generator=generator)
    postures = [rows.postures[hand.name][chosen] for hand in hands]
    codes = [hand.networks.encode(x)[0] for hand, x in zip(hands, postures, strict=True)]
    return codes, postures


def _contrast(codes: list[Tensor], first: int, temperature: float, how: Supervision) -> Tensor:
    """InfoNCE over every pair of hands of which one learns, both ways, and the codes' bound."""
    pairs = [(i, j) for j in range(max(first, 1), len(codes)) for i in range(j)]
    losses = [contrastive_loss(codes[i], codes[j], temperature) for i, j in pairs]
    bound = torch.stack([code.square().mean() for code in codes[first:]]).mean()
    return torch.stack(losses).mean() + how.prior * bound


def contrastive_loss(
    one: Float[Tensor, "batch L"], other: Float[Tensor, "batch L"], temperature: float
) -> Float[Tensor, ""]:
    """InfoNCE between the codes of two hands, symmetric: row i of one matches row i of the other.

    Similarity is the negative squared distance, not the cosine: codes then keep their lengths,
    which a codec's linear last layer gives and a decoder reads.
    """
    nearness = -torch.cdist(one, other).square() / temperature
    same = torch.arange(len(one))
    there = nn.functional.cross_entropy(nearness, same)
    return 0.5 * (there + nn.functional.cross_entropy(nearness.T, same))


def _regression(
    hands: Sequence[HandInTraining], first: int, codes: list[Tensor], postures: list[Tensor]
) -> Tensor:
    """Squared error of every hand's joints, decoded from any hand's code of the same row."""
    losses = []
    for target, (hand, posture) in enumerate(zip(hands, postures, strict=True)):
        # A frozen hand is asked for the learning ones' codes only.
        heard = codes if target >= first else codes[first:]
        decoded = hand.networks.decode(torch.cat(heard))
        losses.append((decoded - posture.repeat(len(heard), 1)).square().mean())
    return torch.stack(losses).mean()
