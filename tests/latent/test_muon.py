"""Muon's steps are orthogonal, and stacking matrices changes nothing of them."""

from __future__ import annotations

import pytest
import torch

from xlvla_sdk.latent.muon import Muon, orthogonal


def matrix(*shape: int, seed: int = 0) -> torch.Tensor:
    """Well conditioned: singular values from 0.5 to 2, in any directions."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(*shape, generator=generator, dtype=torch.float64)
    u, values, v = torch.linalg.svd(drawn, full_matrices=False)
    return u * torch.linspace(0.5, 2.0, values.shape[-1], dtype=torch.float64) @ v


@pytest.mark.parametrize("shape", [(6, 6), (3, 12), (12, 3), (5, 8, 4), (1, 7)])
def test_every_direction_becomes_about_as_long(shape: tuple[int, ...]):
    values = torch.linalg.svdvals(orthogonal(matrix(*shape)))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_directions_themselves_stay():
    """U S V becomes U S' V: seen in its own directions the step is diagonal."""
    given = matrix(5, 9)
    u, _, v = torch.linalg.svd(given, full_matrices=False)
    seen = u.T @ orthogonal(given) @ v.T
    torch.testing.assert_close(seen, torch.diag(seen.diagonal()), atol=1e-9, rtol=0)


def test_its_length_does_not_matter():
    given = matrix(4, 6)
    torch.testing.assert_close(orthogonal(1e-3 * given), orthogonal(given), atol=1e-3, rtol=0)


def test_what_is_zero_stays_zero():
    assert torch.equal(orthogonal(torch.zeros(4, 3)), torch.zeros(4, 3))
    one_direction = torch.outer(torch.arange(1.0, 5.0), torch.tensor([1.0, -2.0, 0.0]))
    values = torch.linalg.svdvals(orthogonal(one_direction))
    assert 0.6 < values[0] < 1.3
    assert values[1:].max() < 1e-5
    assert (orthogonal(one_direction)[:, 2] == 0.0).all()


def test_tall_is_wide_turned():
    given = matrix(9, 4)
    torch.testing.assert_close(orthogonal(given), orthogonal(given.mT).mT, atol=0, rtol=0)


def test_a_stack_is_its_matrices_one_by_one():
    stack = matrix(4, 6, 3)
    expected = torch.stack([orthogonal(one) for one in stack])
    torch.testing.assert_close(orthogonal(stack), expected, atol=1e-12, rtol=0)


def test_it_descends_a_least_squares_of_unlike_directions():
    """Along one direction the loss is a thousand times flatter than along another."""
    wanted, steepness = matrix(4, 4, seed=1), torch.tensor([1.0, 0.3, 0.1, 0.03]).double()
    weight = torch.zeros(4, 4, dtype=torch.float64, requires_grad=True)
    optimiser = Muon([weight], lr=0.1)
    losses = []
    for step in range(200):
        optimiser.lr = 0.1 * (1.0 - step / 200)
        loss = ((weight - wanted) * steepness).square().sum()
        (weight.grad,) = torch.autograd.grad(loss, weight)
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-4 * losses[0]
    assert (weight - wanted).abs().max() < 0.1


def test_matrices_that_go_together_step_as_they_would_alone():
    """Two shapes, three matrices of one and one of the other, five steps with momentum."""
    begun = [matrix(4, 6, seed=1), matrix(4, 6, seed=2), matrix(3, 3), matrix(4, 6, seed=3)]

    def stepped(alone: bool) -> list[torch.Tensor]:
        weights = [w.clone().requires_grad_() for w in begun]
        groups = [[w] for w in weights] if alone else [weights]
        optimisers = [Muon(group, lr=0.05) for group in groups]
        for _ in range(5):
            for w in weights:
                (w.grad,) = torch.autograd.grad((w**3).sum(), w)
            for optimiser in optimisers:
                optimiser.step()
        return [w.detach() for w in weights]

    for together, alone, before in zip(stepped(False), stepped(True), begun, strict=True):
        torch.testing.assert_close(together, alone, atol=1e-9, rtol=0)
        assert (together - before).abs().max() > 0.05


@pytest.mark.parametrize(("shape", "longer"), [((4, 4), 1.0), ((4, 16), 1.0), ((16, 4), 2.0)])
def test_a_step_is_as_long_as_the_rate_says(shape: tuple[int, int], longer: float):
    """For a tall matrix by the root of how tall it is."""
    weight = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    gradient = matrix(*shape)
    weight.grad = gradient.clone()
    Muon([weight], lr=0.1).step()
    expected = -0.1 * longer * orthogonal(gradient)
    torch.testing.assert_close(weight.detach(), expected, atol=1e-6, rtol=0)


def test_momentum_carries_on_where_gradients_went():
    weight = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    optimiser = Muon([weight], lr=0.1)
    for _ in range(30):
        weight.grad = torch.eye(2, dtype=torch.float64)
        optimiser.step()
    before = weight.detach().clone()
    weight.grad = torch.zeros(2, 2, dtype=torch.float64)
    optimiser.step()
    assert (weight.detach() - before).diagonal().max() < -0.05
