"""Postures to train and to measure on; no demonstration is needed.

All functions take normalised joints to be in [-1, 1] and draw from the generator they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.adam import Adam
from xlvla_sdk.latent.losses import length
from xlvla_sdk.latent.threads import workers

OVERREACH = 1.3
"""How far beyond its limits a joint is drawn before it is clamped to them, normalised."""
CLOSING_STEPS, CLOSING_RATE = 200, 0.05
"""Adam steps that close a hand, and their rate."""
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


NEIGHBOURHOOD = 0.1
"""How far around given postures others are drawn: the standard deviation of normalised joints."""


def around(
    postures: Float[Tensor, "rows D"], count: int, generator: torch.Generator
) -> Float[Tensor, "count D"]:
    """Postures drawn from given ones, every other one from the neighbourhood of one.

    Args:
        postures: Normalised joints.
        count: How many to draw.
        generator: What is drawn from.
    """
    rows = postures[torch.randint(len(postures), (count,), generator=generator)]
    noise = NEIGHBOURHOOD * torch.randn(rows.shape, generator=generator)
    noise[::2] = 0.0
    return (rows + noise).clamp(-1.0, 1.0)


def closing(
    hand: TipModel,
    count: int,
    generator: torch.Generator,
    steps: int = CLOSING_STEPS,
    rate: float = CLOSING_RATE,
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
    return _closed(hand, _goals(hand, count, generator, tries), steps, rate, keep)


def closings(
    hands: Mapping[str, TipModel],
    count: int,
    generator: torch.Generator,
    known: Mapping[str, Float[Tensor, "_ _"]] = MappingProxyType({}),
) -> dict[str, Float[Tensor, "_ _"]]:
    """`closing` of several hands, drawn one after the other and closed side by side.

    Args:
        hands: By id.
        count: As for `closing`.
        generator: As for `closing`.
        known: What came out for some of them before; they are drawn all the same, so that the
            others' postures do not depend on it.
    """
    goals = {hand: _goals(model, count, generator, 1) for hand, model in hands.items()}
    fresh = [hand for hand in hands if hand not in known]
    made = workers().map(lambda hand: _closed(hands[hand], goals[hand]), fresh)
    found = {**known, **dict(zip(fresh, made, strict=True))}
    return {hand: found[hand] for hand in hands}


@dataclass(frozen=True)
class _Goals:
    """Where postures begin, which finger is to come to the thumb, and how near [m]."""

    start: Float[Tensor, "rows D"]
    finger: Int[Tensor, " rows"]
    gap: Float[Tensor, " rows"]
    tries: int


def _goals(hand: TipModel, count: int, generator: torch.Generator, tries: int) -> _Goals:
    start = uniform(hand, count * tries, generator) * 0.98
    gap = torch.rand(count, generator=generator) * OPEN_GAP
    contact = torch.arange(count) % 2 == 0
    gap = torch.where(contact, torch.zeros(()), gap)
    fingers = hand.has[1:].cpu().nonzero().squeeze(-1)
    # Contacts take the even rows, so the finger advances every second row.
    finger = fingers[(torch.arange(count) // 2) % len(fingers)]
    device = hand.lower.device
    return _Goals(
        start.to(device), finger.repeat(tries).to(device), gap.repeat(tries).to(device), tries
    )


def _closed(
    hand: TipModel,
    goals: _Goals,
    steps: int = CLOSING_STEPS,
    rate: float = CLOSING_RATE,
    keep: tuple[int, ...] = (),
) -> Float[Tensor, "rows D"]:
    free = torch.atanh(goals.start).requires_grad_()
    adam = Adam(free, rate)
    finger = goals.finger[:, None]
    kept: list[Tensor] = []
    error = torch.zeros_like(goals.gap)
    for step in range(steps):
        if step in keep:
            kept.append(free.detach().tanh())
        distance = length(hand.deltas(hand.unnormalize(free.tanh()))).gather(1, finger)[:, 0]
        error = (distance - goals.gap).abs()
        adam.move(free, torch.autograd.grad(error.sum(), free)[0])
    count = len(goals.gap) // goals.tries
    nearest = error.detach().reshape(goals.tries, count).argmin(dim=0)
    best = nearest * count + torch.arange(count, device=nearest.device)
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
    adam = Adam(free, rate)
    mask = hand.has[:, None]
    for _ in range(steps):
        error = (hand.tips(hand.unnormalize(free.tanh())) - goal) * mask
        adam.move(free, torch.autograd.grad(error.square().sum(), free)[0])
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
