"""Decoders that are stacked answer as each does by itself."""

from __future__ import annotations

import pytest
import torch

from xlvla_sdk.codec.mlp import Activation
from xlvla_sdk.latent.decoders import FrozenDecoders
from xlvla_sdk.latent.networks import Networks

JOINTS = (3, 7, 5)


def networks_of(activation: Activation, widths: tuple[int, ...]) -> list[Networks]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = [Networks(joints, 6, widths, activation) for joints in JOINTS]
        for parameter in (p for network in made for p in network.parameters()):
            torch.nn.init.normal_(parameter, std=0.5)  # LayerNorms too: fresh ones change nothing
    return made


@pytest.mark.parametrize("activation", ["relu", "silu"])
@pytest.mark.parametrize("widths", [(8,), (8, 12, 8)])
def test_each_answers_as_by_itself(activation: Activation, widths: tuple[int, ...]):
    networks = networks_of(activation, widths)
    latent = torch.randn(9, 6, generator=torch.Generator().manual_seed(1), requires_grad=True)
    stacked = FrozenDecoders(networks)(latent)
    assert stacked.shape == (3, 9, 7)
    alone = [network.decode(latent) for network in networks]
    for mine, expected in zip(stacked, alone, strict=True):
        torch.testing.assert_close(mine[:, : expected.shape[1]], expected, atol=1e-6, rtol=1e-5)
        assert not mine[:, expected.shape[1] :].any()
    sums = torch.stack([answer.sum() for answer in alone]).sum()
    (ours,) = torch.autograd.grad(stacked.sum(), latent)
    (theirs,) = torch.autograd.grad(sums, latent)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_they_are_out_of_any_optimisers_reach():
    networks = networks_of("silu", (8,))
    latent = torch.zeros(2, 6, requires_grad=True)
    FrozenDecoders(networks)(latent).sum().backward()
    assert all(parameter.grad is None for network in networks for parameter in network.parameters())
