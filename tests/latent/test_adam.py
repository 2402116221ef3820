"""Adam and AdamW take the steps that torch.optim's take, and leave torch's compiler where it is."""

from __future__ import annotations

import subprocess
import sys
from math import sqrt

import pytest
import torch

from xlvla_sdk.latent.adam import Adam, AdamW

STEPS = 30


def valley(x: torch.Tensor) -> torch.Tensor:
    """Curved, and a thousand times steeper along the last number than along the first."""
    return (x.square() * torch.logspace(-1, 2, x.numel()).view_as(x) + 0.1 * x.sin()).sum()


def slope(x: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(valley(x), x)[0]


def test_adam_takes_the_steps_of_its_equations():
    """Algorithm 1 of its paper, number by number, in Python's own floats."""
    x, mean, square, rate = 0.7, 0.0, 0.0, 0.05
    moved = torch.tensor([x], dtype=torch.float64)
    adam = Adam(moved, rate)
    for taken in range(1, 11):
        gradient = 3.0 * x * x - 1.0
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        x -= rate * (mean / (1 - 0.9**taken)) / (sqrt(square / (1 - 0.999**taken)) + 1e-8)
        adam.move(moved, 3.0 * moved.square() - 1.0)
        assert moved.item() == pytest.approx(x, abs=1e-12)


def test_adamw_moves_parameters_together_as_it_would_alone():
    begun = [torch.linspace(-1.0, 2.0, 6), torch.linspace(0.5, 1.0, 8).reshape(2, 4)]

    def stepped(alone: bool) -> list[torch.Tensor]:
        weights = [x.clone().requires_grad_() for x in begun]
        adams = [AdamW(group, 0.05) for group in ([[w] for w in weights] if alone else [weights])]
        for _ in range(5):
            for weight in weights:
                weight.grad = slope(weight)
            for adam in adams:
                adam.step()
        return [weight.detach() for weight in weights]

    for together, alone in zip(stepped(False), stepped(True), strict=True):
        assert torch.equal(together, alone)


def test_adamw_lets_weights_go_that_nothing_holds():
    weight = torch.ones(3, requires_grad=True)
    weight.grad = torch.zeros(3)
    AdamW([weight], 0.1).step()
    torch.testing.assert_close(weight.detach(), torch.full((3,), 1.0 - 0.1 * 0.01))


@pytest.mark.slow
def test_adam_is_torchs_bit_for_bit():
    ours, theirs = (torch.linspace(-1.0, 2.0, 12).reshape(3, 4) for _ in range(2))
    theirs.requires_grad_()
    adam, reference = Adam(ours, 0.05), torch.optim.Adam([theirs], lr=0.05)
    for _ in range(STEPS):
        adam.move(ours, slope(ours.requires_grad_()))
        theirs.grad = slope(theirs)
        reference.step()
    torch.testing.assert_close(ours.detach(), theirs.detach(), atol=0.0, rtol=0.0)


@pytest.mark.slow
def test_adamw_is_torchs_while_its_rate_changes():
    begun = [torch.linspace(-1.0, 2.0, 6), torch.linspace(0.5, 1.0, 8).reshape(2, 4)]
    ours = [x.clone().requires_grad_() for x in begun]
    theirs = [x.clone().requires_grad_() for x in begun]
    adam, reference = AdamW(ours, 0.05), torch.optim.AdamW(theirs, lr=0.05)
    for step in range(STEPS):
        adam.lr = reference.param_groups[0]["lr"] = 0.05 * (1.0 - step / STEPS)
        for x in (*ours, *theirs):
            x.grad = slope(x)
        adam.step()
        reference.step()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.detach(), other.detach(), atol=1e-6, rtol=1e-5)


@pytest.mark.slow
def test_a_step_does_not_import_torchs_compiler():
    """It takes a second and more; a hand's joining has little time for it."""
    said = (
        "import sys, torch\n"
        "from xlvla_sdk.latent.adam import AdamW\n"
        "from xlvla_sdk.latent.muon import Muon\n"
        "weight = torch.ones(3, 2, requires_grad=True)\n"
        "weight.grad = torch.ones(3, 2)\n"
        "AdamW([weight], 0.1).step(), Muon([weight], 0.1).step()\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", said], check=True)
