"""The oracle: what two hands' geometry allows, found posture by posture; the measure's reference."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import (
    CONTACT,
    CONTACT_GOAL,
    Weights,
    length,
    retarget_loss,
    source_pairs,
)

CONTACT_WEIGHT = 800.0
"""Of what oracle-c pays for a contact that is not reached [1/m]."""
_EDGE = 0.9999


def oracle(
    wanted: Float[Tensor, "rows 4 3"],
    target: TipModel,
    start: Float[Tensor, "rows D"],
    both: Bool[Tensor, "rows 4"] | Bool[Tensor, " 4"],
    contact: bool = False,
    steps: int = 300,
    rate: float = 0.05,
) -> Float[Tensor, "rows D"]:
    """The target's postures that minimise the paper's L2, each by itself.

    Args:
        wanted: The source's thumb-to-finger vectors [m].
        target: The target hand.
        start: Normalised joints to begin at: the latent's answer.
        both: Pairs both hands have.
        contact: Whether a touching finger's distance beyond 1.2 mm costs too (oracle-c).
        steps: Adam steps.
        rate: Adam's learning rate.

    Returns:
        Normalised joints: of every row the best on the way, so never worse than its start.
    """
    weights = Weights()
    source = source_pairs(wanted, weights)
    touching = touching_finger(source.length, both) if contact else None
    free = torch.atanh(start.clamp(-_EDGE, _EDGE)).requires_grad_()
    optimiser = torch.optim.Adam([free], lr=rate, fused=True)
    best, least = free.detach().clone(), torch.full_like(start[:, 0], torch.inf)
    for _ in range(steps + 1):  # once more, to look at what the last step reached
        deltas = target.deltas(target.unnormalize(free.tanh()))
        loss = retarget_loss(source, deltas, both, weights)
        if touching is not None:
            lacking = (length(deltas) - CONTACT_GOAL).clamp(min=0.0)
            loss = loss + CONTACT_WEIGHT * (lacking * touching).sum(dim=-1)
        better = loss.detach() < least
        least = torch.where(better, loss.detach(), least)
        best = torch.where(better[:, None], free.detach(), best)
        optimiser.zero_grad(set_to_none=True)
        loss.sum().backward()
        optimiser.step()
    return best.tanh()


def touching_finger(
    distance: Float[Tensor, "rows 4"], both: Bool[Tensor, "rows 4"] | Bool[Tensor, " 4"]
) -> Float[Tensor, "rows 4"]:
    """1 at the closest finger of each row where it touches the thumb, else 0."""
    masked = distance.masked_fill(~both, torch.inf)
    closest, finger = masked.min(dim=1, keepdim=True)
    return torch.zeros_like(distance).scatter(1, finger, (closest < CONTACT).to(distance.dtype))
