"""Losses on thumb-to-finger vectors with their gradients, worked out beside them and not by autograd.

The same as `losses.retarget_loss`, in a third of the calls of torch: at a few hundred rows these
are what a step of fitting, or of the oracle, takes its time for. The batch lies last, so that
every operation runs along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent.losses import CONTACT_GOAL, TINY, Pairs, Weights

UNIT, LENGTH, WEIGHT, CONTACT = slice(0, 3), 3, 4, 5
"""Where `Pairs.packed` has what."""


@dataclass(frozen=True)
class Wanted:
    """What hands are to reach, one block of rows for each hand of a stack.

    Attributes:
        packed: As `Pairs.packed`, the batch last; weight and contact hold the part that each pair
            has in the sum, too.
        weights: The constants.
    """

    packed: Float[Tensor, "H 4 6 batch"]
    weights: Weights

    @staticmethod
    def of(pairs: Pairs, part: Float[Tensor, "H batch 4"], weights: Weights) -> Wanted:
        """From pairs of all hands, one hand's after the other, and the part of each in the sum."""
        packed = pairs.packed().unflatten(0, (len(part), -1)).permute(0, 2, 3, 1).contiguous()
        packed[:, :, WEIGHT:] *= part.permute(0, 2, 1)[:, :, None]
        return Wanted(packed, weights)


@dataclass(frozen=True)
class Pull:
    """What vectors cost, and which way that falls.

    Attributes:
        loss: Of every pair.
        gradient: In the vectors.
    """

    loss: Float[Tensor, "H 4 batch"]
    gradient: Float[Tensor, "H 4 3 batch"]


def pull(vectors: Float[Tensor, "H 4 3 batch"], wanted: Wanted) -> Pull:
    """What thumb-to-finger vectors cost against those wanted [m].

    Args:
        vectors: As `TipStack.walk` has them.
        wanted: As many.
    """
    weights, packed = wanted.weights, wanted.packed
    unit, weight, contact = packed[:, :, UNIT], packed[:, :, WEIGHT], packed[:, :, CONTACT]
    distance = (vectors * vectors).sum(dim=2).add_(TINY).sqrt_()
    inverse = distance.reciprocal()
    cosine = (unit * vectors).sum(dim=2).mul_(inverse)
    error = distance - packed[:, :, LENGTH]
    lacking = (distance - CONTACT_GOAL).clamp_(min=0.0)
    turning = weight * inverse * weights.direction
    along = error * weight * (2.0 * weights.distance)
    along.addcmul_(turning, cosine)
    loss = (error * error).mul_(weights.distance).add_(cosine, alpha=-weights.direction)
    loss = loss.add_(weights.direction).mul_(weight)
    if weights.contact:
        loss.addcmul_(contact, lacking, value=weights.contact)
        along.addcmul_(contact, lacking.sign(), value=weights.contact)
    gradient = vectors * along.mul_(inverse)[:, :, None]
    return Pull(loss, gradient.addcmul_(unit, turning[:, :, None], value=-1.0))


def pulled(stack: TipStack, rows: Float[Tensor, "H batch D"], wanted: Wanted) -> Float[Tensor, ""]:
    """The sum of what the postures of a stack's hands cost, differentiable in them.

    Args:
        stack: The hands.
        rows: Normalised joints, padded to the stack's.
        wanted: What they are to reach.
    """
    return _Pulled.apply(rows, stack, wanted)


class _Pulled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, stack: TipStack, wanted: Wanted) -> Tensor:
        walked = stack.walk(rows)
        found = pull(walked.vectors, wanted)
        ctx.stack, ctx.walked, ctx.gradient = stack, walked, found.gradient
        return found.loss.sum()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, ...]:
        return ctx.stack.back(ctx.walked, ctx.gradient) * grads[0], None, None
