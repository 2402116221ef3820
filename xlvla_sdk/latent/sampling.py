"""Postures to train and to measure on; no demonstration is needed.

All functions take normalised joints to be in [-1, 1] and draw from the generator they are given.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import length

OVERREACH = 1.3
"""How far beyond its limits a joint is drawn before it is clamped to them, normalised."""
OPEN_GAP = 0.03
"""Closing postures that are not contacts end with gaps up to this [m]."""


def uniform(hand: TipModel, count: int, generator: torch.Generator) -> Float[Tensor, "count D"]:
    """Joints uniform within their limits, normalised."""
    return torch.rand(count, hand.joints, generator=generator) * 2.0 - 1.0


def edgy(hand: TipModel, count: int, generator: torch.Generator) -> Float[Tensor, "count D"]:
    """As `uniform`, but in half of the rows about a quarter of the joints stand at a limit.

    Hands at rest, open or in a fist do, and joints that are uniform never would.
    """
    rows = uniform(hand, count, generator)
    rows[: count // 2] *= OVERREACH
    return rows.clamp(-1.0, 1.0)


def closing(
    hand: TipModel,
    count: int,
    generator: torch.Generator,
    steps: int = 200,
    rate: float = 0.05,
    keep: tuple[int, ...] = (),
    tries: int = 1,
) -> Float[Tensor, "rows D"]:
    """Postures that close the thumb on one finger after the other, from random starts.

    For half of them the goal is contact, for the rest a gap uniform in [0, 30] mm; Adam steps on
    joints behind a tanh minimise the distance to the goal. This is the test set CP of
    docs/concepts/latent.md, and what preset `default` trains on.

    Args:
        hand: The hand.
        count: How many postures.
        generator: What is drawn from, on the CPU.
        steps: Adam steps.
        rate: Adam's learning rate.
        keep: Steps after which all postures are kept too, on the way.
        tries: Random starts of each posture; the one that comes nearest to its goal is kept.

    Returns:
        Normalised joints, `count` rows for every step kept, the last ones last.
    """
    start = uniform(hand, count * tries, generator) * 0.98
    goal = torch.rand(count, generator=generator) * OPEN_GAP
    contact = torch.arange(count) % 2 == 0
    goal = torch.where(contact, torch.zeros(()), goal)
    fingers = hand.has[1:].cpu().nonzero().squeeze(-1)
    # Contacts take the even rows, so the finger advances every second row.
    finger = fingers[(torch.arange(count) // 2) % len(fingers)]
    device = hand.lower.device
    goal, finger = goal.repeat(tries).to(device), finger.repeat(tries).to(device)[:, None]
    free = torch.atanh(start).to(device).requires_grad_()
    optimiser = torch.optim.Adam([free], lr=rate)
    kept: list[Tensor] = []
    error = torch.zeros_like(goal)
    for step in range(steps):
        if step in keep:
            kept.append(free.detach().tanh())
        distance = length(hand.deltas(hand.unnormalize(free.tanh()))).gather(1, finger)[:, 0]
        error = (distance - goal).abs()
        optimiser.zero_grad(set_to_none=True)
        error.sum().backward()
        optimiser.step()
    nearest = error.detach().reshape(tries, count).argmin(dim=0)
    best = nearest * count + torch.arange(count, device=device)
    return torch.cat([rows[best] for rows in (*kept, free.detach().tanh())])


def templates(
    hand: TipModel, count: int, generator: torch.Generator, steps: int = 100, rate: float = 0.05
) -> Float[Tensor, "count D"]:
    """The paper's pinch templates: thumb and one finger aimed at a point 0.11 m from the wrist.

    The other fingers aim at where they are at zero, all with 10 mm of noise. They end with tips
    far apart; preset `paper` trains on them because the paper does.
    """
    goal_point = torch.tensor(TEMPLATE_POINT, dtype=hand.lower.dtype, device=hand.lower.device)
    zero = hand.tips(torch.zeros(1, hand.joints, device=hand.lower.device))
    goal = zero.repeat(count, 1, 1)
    fingers = hand.has[1:].cpu().nonzero().squeeze(-1) + 1
    finger = fingers[torch.arange(count) % len(fingers)]
    goal[torch.arange(count), finger] = goal_point
    goal = goal + (torch.randn(goal.shape, generator=generator) * 0.01).to(goal.device)
    goal[:, 0] = goal_point
    free = torch.zeros(count, hand.joints, device=goal.device, requires_grad=True)
    optimiser = torch.optim.Adam([free], lr=rate)
    mask = hand.has[:, None]
    for _ in range(steps):
        error = (hand.tips(hand.unnormalize(free.tanh())) - goal) * mask
        optimiser.zero_grad(set_to_none=True)
        error.square().sum().backward()
        optimiser.step()
    return free.detach().tanh()


TEMPLATE_POINT = (0.07, 0.0, -0.08)
"""Where the templates aim, in the palm frame [m]: before and behind the wrist.

Source: pinch_offset of the paper's released latent code, EmptyBlueBox/DexLatent at 502750d.
"""


def drawn(
    mean: Float[Tensor, "batch L"],
    log_variance: Float[Tensor, "batch L"],
    generator: torch.Generator,
) -> Float[Tensor, "batch L"]:
    """Codes drawn from their Gaussians, differentiable in both."""
    noise = torch.randn(mean.shape, generator=generator).to(mean.device)
    return mean + (0.5 * log_variance).exp() * noise
