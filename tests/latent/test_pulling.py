"""Losses and gradients worked out by hand are those of the paper's terms, and of finite differences."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.claw_hand import claw_hand
from tests.random_hand import random_hand
from tests.small_hand import small_hand
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent.losses import Weights, retarget_loss, source_pairs
from xlvla_sdk.latent.pulling import Wanted, pull, pulled

BLOCKS, ROWS = 3, 6
PAPER, OURS = Weights(), Weights(contact=25.0)


@pytest.fixture
def stack(tmp_path: Path) -> TipStack:
    """Of three hands, one of them with joints that slide."""
    hands = [small_hand(tmp_path), claw_hand(tmp_path), random_hand(tmp_path, 2)]
    return TipStack([TipModel(shared_kinematics(hand), torch.float64) for hand in hands])


def vectors(seed: int) -> torch.Tensor:
    """Every other row touches with its first finger, so that the contact term has something to say."""
    generator = torch.Generator().manual_seed(seed)
    drawn = 0.05 * torch.randn(BLOCKS * ROWS, 4, 3, generator=generator, dtype=torch.float64)
    drawn[::2, 0] *= 0.02
    return drawn


def wanted(weights: Weights, both: torch.Tensor) -> Wanted:
    """Pairs that a mask leaves, each with its part in the mean over fingers."""
    part = both.double() / both.sum(dim=1, keepdim=True).clamp(min=1)
    pairs = source_pairs(vectors(1), weights)
    return Wanted.of(pairs, part.reshape(BLOCKS, ROWS, 4), weights)


def masks() -> torch.Tensor:
    return torch.rand(BLOCKS * ROWS, 4, generator=torch.Generator().manual_seed(3)) < 0.7


@pytest.mark.parametrize("weights", [PAPER, OURS])
def test_it_is_the_loss_on_the_fingers_two_hands_share(weights: Weights):
    both, reached = masks(), vectors(2).requires_grad_()
    expected = retarget_loss(source_pairs(vectors(1), weights), reached, both, weights)
    (slope,) = torch.autograd.grad(expected.sum(), reached)
    lying = reached.detach().reshape(BLOCKS, ROWS, 4, 3).permute(0, 2, 3, 1)
    found = pull(lying, wanted(weights, both))
    torch.testing.assert_close(found.loss.sum(dim=1).flatten(), expected.detach())
    torch.testing.assert_close(found.gradient.permute(0, 3, 1, 2).flatten(0, 1), slope)


@pytest.mark.parametrize("weights", [PAPER, OURS])
def test_its_gradient_in_joints_is_that_of_finite_differences(stack: TipStack, weights: Weights):
    generator = torch.Generator().manual_seed(5)
    rows = torch.rand(BLOCKS, ROWS, stack.joints, generator=generator, dtype=torch.float64) - 0.5
    asked = wanted(weights, stack.has[:, 1:].repeat_interleave(ROWS, dim=0))
    assert torch.autograd.gradcheck(lambda x: pulled(stack, x, asked), rows.requires_grad_())


def test_a_pair_without_a_part_costs_nothing():
    nothing = torch.zeros(BLOCKS * ROWS, 4, dtype=torch.bool)
    reached = vectors(2).reshape(BLOCKS, ROWS, 4, 3).permute(0, 2, 3, 1)
    found = pull(reached, wanted(OURS, nothing))
    assert not found.loss.any()
    assert not found.gradient.any()
