"""The losses are what a plain loop over samples says, and their gradients are finite differences."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from xlvla_sdk.latent.losses import (
    CONTACT,
    CONTACT_GOAL,
    Weights,
    length,
    prior_loss,
    retarget_loss,
    source_pairs,
)

OURS = Weights(contact=50.0)


def vectors(seed: int, count: int = 5, reach: float = 0.1) -> Tensor:
    """Random thumb-to-finger vectors [m]; in every second row the first finger touches."""
    generator = torch.Generator().manual_seed(seed)
    found = (torch.rand(count, 4, 3, generator=generator, dtype=torch.float64) - 0.5) * 2 * reach
    found[::2, 0] *= 0.02
    return found


def by_hand(source: Tensor, target: Tensor, both: list[bool], weights: Weights) -> list[float]:
    """L2 of each sample, written as the paper writes it."""
    losses = []
    for s_row, t_row in zip(source.numpy(), target.numpy(), strict=True):
        terms = []
        for s, t in [(s, t) for s, t, has in zip(s_row, t_row, both, strict=True) if has]:
            far_s, far_t = np.linalg.norm(s), np.linalg.norm(t)
            apart = weights.distance * (far_t - far_s) ** 2
            turned = weights.direction * (1.0 - np.dot(s, t) / (far_s * far_t))
            term = exp(-weights.tightness * far_s) * (apart + turned)
            if far_s < CONTACT:
                term += weights.contact * max(0.0, far_t - CONTACT_GOAL)
            terms.append(term)
        losses.append(float(np.mean(terms)))
    return losses


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**31),
    both=st.lists(st.booleans(), min_size=4, max_size=4).filter(any),
    weights=st.sampled_from([Weights(), OURS, Weights(distance=0.0), Weights(direction=0.0)]),
)
def test_the_loss_is_the_plain_loops(seed: int, both: list[bool], weights: Weights):
    source, target = vectors(seed), vectors(seed + 1)
    found = retarget_loss(source_pairs(source, weights), target, torch.tensor(both), weights)
    # Distances have a micrometre under their root, which keeps their gradient finite.
    np.testing.assert_allclose(found.numpy(), by_hand(source, target, both, weights), rtol=1e-4)


def test_each_sample_may_have_pairs_of_its_own():
    source, target = vectors(1), vectors(2)
    both = torch.rand(5, 4, generator=torch.Generator().manual_seed(3)) < 0.6
    both[:, 1] = True
    found = retarget_loss(source_pairs(source, OURS), target, both, OURS)
    for row in range(5):
        mask: list[bool] = both[row].tolist()
        (alone,) = by_hand(source[row : row + 1], target[row : row + 1], mask, OURS)
        assert found[row].item() == pytest.approx(alone, rel=1e-4)


def test_hands_without_a_shared_finger_have_nothing_to_lose():
    source = source_pairs(vectors(1), Weights())
    found = retarget_loss(source, vectors(2), torch.zeros(4, dtype=torch.bool), Weights())
    assert found.tolist() == [0.0] * 5


def test_the_same_vectors_lose_nothing():
    source = vectors(1)
    found = retarget_loss(
        source_pairs(source, Weights()), source, torch.ones(4, dtype=torch.bool), Weights()
    )
    assert found.abs().max().item() < 1e-6


@settings(max_examples=4)
@given(seed=st.integers(0, 2**31))
def test_gradients_of_the_loss_are_finite_differences(seed: int):
    source = source_pairs(vectors(seed, 2), OURS)
    target = vectors(seed + 1, 2).requires_grad_()
    both = torch.tensor([True, True, False, True])
    assert torch.autograd.gradcheck(
        lambda t: retarget_loss(source, t, both, OURS), (target,), atol=1e-6, rtol=1e-4
    )


def test_the_gradient_is_finite_where_thumb_and_finger_meet():
    target = torch.zeros(1, 4, 3, requires_grad=True)
    both = torch.ones(4, dtype=torch.bool)
    source = source_pairs(torch.zeros(1, 4, 3), OURS)
    retarget_loss(source, target, both, OURS).sum().backward()
    assert target.grad is not None
    assert torch.isfinite(target.grad).all()
    assert length(torch.zeros(3)).item() == pytest.approx(1e-6)


def test_a_tight_pinch_counts_most():
    wide, tight = torch.full((1, 4, 3), 0.06), torch.full((1, 4, 3), 0.002)
    both = torch.ones(4, dtype=torch.bool)

    def lost(source: Tensor) -> float:
        off = source + torch.tensor([0.01, 0.0, 0.0])
        return retarget_loss(source_pairs(source, Weights()), off, both, Weights()).item()

    assert lost(tight) > lost(wide)


def test_the_prior_is_the_divergence_from_a_unit_gaussian():
    mean = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    log_variance = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    ours = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    unit = torch.distributions.Normal(torch.zeros(6, 3), torch.ones(6, 3))
    expected = torch.distributions.kl_divergence(ours, unit).sum(dim=1).mean()
    torch.testing.assert_close(prior_loss(mean, log_variance), expected)
    assert prior_loss(torch.zeros(2, 3), torch.zeros(2, 3)).item() == 0.0


@pytest.mark.parametrize(
    ("weights", "aligns"),
    [
        (Weights(), True),
        (Weights(distance=0.0, direction=0.0), False),
        (Weights(distance=0.0, direction=0.0, contact=1.0), True),
    ],
)
def test_weights_know_whether_they_align(weights: Weights, aligns: bool):
    assert weights.aligns is aligns
