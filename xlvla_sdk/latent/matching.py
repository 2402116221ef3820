"""Rows in which every hand does the same: postures of each, retargeted to all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import Pairs, Weights, retarget_loss, source_pairs
from xlvla_sdk.latent.oracle import oracle
from xlvla_sdk.latent.training import HandInTraining

STARTS = 512
"""Postures of a target among which the nearest to each row is looked for, to begin there."""
_AT_ONCE = 512
"""Rows looked up at once; each is compared with every start."""


@dataclass(frozen=True)
class MatchedRows:
    """Postures of several hands, row by row the same geometry as far as each hand allows.

    Attributes:
        postures: Hand id to normalised joints, (rows, D), all with as many rows.
    """

    postures: Mapping[str, Float[Tensor, "rows D"]]

    def __len__(self) -> int:
        return len(next(iter(self.postures.values())))


def match(
    hands: Sequence[HandInTraining],
    count: int,
    steps: int,
    generator: torch.Generator,
) -> MatchedRows:
    """Draws postures of every hand and finds them on all others by oracle-c.

    Args:
        hands: Two or more.
        count: Postures of each hand: half uniform, half closing.
        steps: Optimiser steps of each.
        generator: What is drawn from.

    Returns:
        `count` rows for every hand.

    Raises:
        XlvlaError: When two hands share no finger beside the thumb.
    """
    _require_shared(hands)
    drawn = [hand.draw(count, generator) for hand in hands]
    starts = [hand.draw(STARTS, generator) for hand in hands]
    postures = {}
    for index, hand in enumerate(hands):
        others = [i for i in range(len(hands)) if i != index]
        answers = _retargeted(hands, drawn, others, hand.model, starts[index], steps)
        parts = dict(zip(others, answers, strict=True)) | {index: drawn[index]}
        postures[hand.name] = torch.cat([parts[i] for i in range(len(hands))])
    return MatchedRows(postures)


def nearest(
    source: Pairs,
    target: TipModel,
    starts: Float[Tensor, "starts D"],
    both: Tensor,
) -> Float[Tensor, "rows D"]:
    """Of some postures of a target, the one with the least L2 to each row."""
    weights = Weights()
    deltas = target.deltas(target.unnormalize(starts))
    found = []
    for chunk in torch.arange(len(source.length)).split(_AT_ONCE):
        rows = chunk.repeat_interleave(len(starts))
        asked = Pairs(*(values[rows] for values in vars(source).values()))
        loss = retarget_loss(asked, deltas.repeat(len(chunk), 1, 1), both[rows], weights)
        found.append(loss.reshape(len(chunk), -1).argmin(dim=1))
    return starts[torch.cat(found)]


def _retargeted(
    hands: Sequence[HandInTraining],
    drawn: list[Tensor],
    sources: list[int],
    target: TipModel,
    starts: Tensor,
    steps: int,
) -> tuple[Tensor, ...]:
    """The target's answers to every source's postures, all found at once."""
    models = [hands[i].model for i in sources]
    asked = [drawn[i] for i in sources]
    wanted = torch.cat([m.deltas(m.unnormalize(x)) for m, x in zip(models, asked, strict=True)])
    masks = [
        (m.has[1:] & target.has[1:]).expand(len(x), -1) for m, x in zip(models, asked, strict=True)
    ]
    both = torch.cat(masks)
    start = nearest(source_pairs(wanted, Weights()), target, starts, both)
    found = oracle(wanted, target, start, both, contact=True, steps=steps)
    return found.split([len(x) for x in asked])


def _require_shared(hands: Sequence[HandInTraining]) -> None:
    for hand, other in combinations(hands, 2):
        if not bool((hand.model.has & other.model.has)[1:].any()):
            raise XlvlaError(
                f"{hand.name} and {other.name} share no finger beside the thumb, so no posture of "
                "one can be found on the other. Leave one of them out."
            )
