"""The oracle: what two hands' geometry allows, found posture by posture; the measure's reference."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent.adam import Adam
from xlvla_sdk.latent.losses import CONTACT, Weights, source_pairs
from xlvla_sdk.latent.pulling import Wanted, pull

CONTACT_WEIGHT = 800.0
"""Of what oracle-c pays for a contact that is not reached [1/m]."""
_EDGE = 0.9999


@torch.no_grad()
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
    mask = both.expand(len(wanted), -1)[None]
    return oracles(wanted[None], TipStack([target]), start[None], mask, contact, steps, rate)[0]


@torch.no_grad()
def oracles(
    wanted: Float[Tensor, "H rows 4 3"],
    targets: TipStack,
    start: Float[Tensor, "H rows D"],
    both: Bool[Tensor, "H rows 4"],
    contact: bool = False,
    steps: int = 300,
    rate: float = 0.05,
) -> Float[Tensor, "H rows D"]:
    """`oracle` of several targets at once, with as many rows of one as of the other.

    Args:
        wanted: The sources' vectors [m].
        targets: The target hands.
        start: As for `oracle`, padded to the stack's joints.
        both: As for `oracle`.
        contact: As for `oracle`.
        steps: As for `oracle`.
        rate: As for `oracle`.

    Returns:
        Normalised joints, padded as `start` is.
    """
    asked = _asked(wanted, both, contact)
    free = torch.atanh(start.clamp(-_EDGE, _EDGE))
    adam = Adam(free, rate)
    best, least = free.clone(), torch.full_like(free[..., 0], torch.inf)
    for _ in range(steps + 1):  # once more, to look at what the last step reached
        rows = free.tanh()
        walked = targets.walk(rows)
        found = pull(walked.vectors, asked)
        loss = found.loss.sum(dim=1)
        better = loss < least
        least = torch.where(better, loss, least)
        best = torch.where(better[..., None], free, best)
        adam.move(free, targets.back(walked, found.gradient) * (1.0 - rows.square()))
    return best.tanh()


def _asked(wanted: Tensor, both: Tensor, contact: bool) -> Wanted:
    """What the oracle is to reach: mean over the fingers of a row, a touching one's distance apart."""
    pairs = source_pairs(wanted.flatten(0, 1), Weights())
    fingers = both.sum(dim=-1, keepdim=True).clamp(min=1).to(wanted.dtype)
    touching = torch.zeros_like(pairs.length)
    if contact:
        touching = touching_finger(pairs.length, both.flatten(0, 1)) * fingers.flatten(0, 1)
    weights = Weights(contact=CONTACT_WEIGHT)
    return Wanted.of(replace(pairs, contact=touching), both / fingers, weights)


def touching_finger(
    distance: Float[Tensor, "rows 4"], both: Bool[Tensor, "rows 4"] | Bool[Tensor, " 4"]
) -> Float[Tensor, "rows 4"]:
    """1 at the closest finger of each row where it touches the thumb, else 0."""
    masked = distance.masked_fill(~both, torch.inf)
    closest, finger = masked.min(dim=1, keepdim=True)
    return torch.zeros_like(distance).scatter(1, finger, (closest < CONTACT).to(distance.dtype))
