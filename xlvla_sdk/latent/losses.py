"""The paper's losses on thumb-to-finger vectors.

Source: Cross-Hand Latent Representation for Vision-Language-Action Models, arXiv 2603.10158,
section 3; constants as given there. docs/concepts/latent.md derives them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.codec.refining import DIRECTION_WEIGHT, DISTANCE_WEIGHT, TIGHTNESS

TINY = 1e-12
"""Of a squared distance [m^2]: what keeps a gradient at zero."""


@dataclass(frozen=True)
class Weights:
    """Constants of the losses.

    Attributes:
        distance: Of squared distance errors [1/m^2].
        direction: Of one minus the cosine between directions.
        tightness: How fast a pair's weight falls with its distance [1/m].
        contact: Of what a source's contact lacks on the target [1/m]; zero is the paper's.
        reconstruction: Of L1.
        prior: Of L3, beta.
    """

    distance: float = DISTANCE_WEIGHT
    direction: float = DIRECTION_WEIGHT
    tightness: float = TIGHTNESS
    contact: float = 0.0
    reconstruction: float = 1.0
    prior: float = 1e-5

    @property
    def aligns(self) -> bool:
        """Whether hands are aligned at all."""
        return any((self.distance, self.direction, self.contact))


@dataclass(frozen=True)
class Pairs:
    """What the loss needs of source vectors, computed once for every target.

    Attributes:
        unit: Directions from finger to thumb.
        length: Distances [m].
        weight: exp(-tightness * length).
        contact: 1 where the source's finger touches the thumb, else 0.
    """

    unit: Float[Tensor, "batch 4 3"]
    length: Float[Tensor, "batch 4"]
    weight: Float[Tensor, "batch 4"]
    contact: Float[Tensor, "batch 4"]

    def packed(self) -> Float[Tensor, "batch 4 6"]:
        """All in one tensor, for who draws rows of it time and again."""
        rest = torch.stack([self.length, self.weight, self.contact], dim=-1)
        return torch.cat([self.unit, rest], dim=-1)

    @staticmethod
    def unpacked(packed: Float[Tensor, "batch 4 6"]) -> Pairs:
        """The reverse of `packed`."""
        return Pairs(packed[..., :3], *packed[..., 3:].unbind(dim=-1))


CONTACT = 0.005
"""A finger within this of the thumb touches it [m]."""
CONTACT_GOAL = 0.0012
"""How near a contact has to be brought before the contact term is content [m]."""


def length(deltas: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch"]:
    """Distances [m], with a gradient at zero."""
    return (deltas.square().sum(dim=-1) + TINY).sqrt()


def source_pairs(deltas: Float[Tensor, "batch 4 3"], weights: Weights) -> Pairs:
    """Prepares source vectors (thumb minus finger [m])."""
    distance = length(deltas)
    return Pairs(
        deltas / distance[..., None],
        distance,
        torch.exp(-weights.tightness * distance),
        (distance < CONTACT).to(deltas.dtype),
    )


def retarget_loss(
    source: Pairs,
    target: Float[Tensor, "batch 4 3"],
    both: Bool[Tensor, "batch 4"] | Bool[Tensor, " 4"],
    weights: Weights,
) -> Float[Tensor, " batch"]:
    """L2 of each sample: the mean over the pairs that both hands have, zero where there are none.

    Args:
        source: The source hand's vectors.
        target: The target hand's, thumb minus finger [m].
        both: Which pairs both hands have.
        weights: The constants.
    """
    distance = length(target)
    cosine = (source.unit * target).sum(dim=-1) / distance
    loss = weights.distance * (distance - source.length).square()
    loss = source.weight * (loss + weights.direction * (1.0 - cosine))
    if weights.contact:
        loss = loss + weights.contact * source.contact * (distance - CONTACT_GOAL).clamp(min=0.0)
    mask = both.to(loss.dtype)
    return (loss * mask).sum(dim=-1) / mask.sum(dim=-1).clamp(min=1.0)


def prior_loss(
    mean: Float[Tensor, "batch L"], log_variance: Float[Tensor, "batch L"]
) -> Float[Tensor, ""]:
    """L3: the divergence of the codes from a unit Gaussian, mean over samples."""
    terms = mean.square() + log_variance.exp() - 1.0 - log_variance
    return 0.5 * terms.sum(dim=-1).mean()
