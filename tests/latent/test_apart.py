"""Shares worked on side by side are what their plain sum is: value, gradients, and bits."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor, nn

from xlvla_sdk.latent.apart import Share, shares_sum


def layers(count: int = 3) -> list[nn.Linear]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [nn.Linear(4, 2).double() for _ in range(count)]


def codes() -> Tensor:
    drawn = torch.randn(8, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return drawn.requires_grad_()


def shares_of(made: list[nn.Linear]) -> list[Share]:
    def of(layer: nn.Linear, latent: Tensor) -> Tensor:
        return layer(latent).square().mean()

    return [
        Share.by(lambda latent, layer=layer: of(layer, latent), layer.parameters())
        for layer in made
    ]


def learnt(made: list[nn.Linear], latent: Tensor) -> list[Tensor]:
    given = [latent, *(p for layer in made for p in layer.parameters())]
    return [tensor.grad for tensor in given if tensor.grad is not None]


def test_value_and_gradients_are_those_of_the_plain_sum():
    ours, plain = layers(), layers()
    mine, theirs = codes(), codes()
    value = 3.0 * shares_sum(shares_of(ours), mine) + mine.sum()
    expected = 3.0 * torch.stack([s.of(theirs) for s in shares_of(plain)]).sum() + theirs.sum()
    value.backward()
    expected.backward()
    assert value.item() == pytest.approx(expected.item(), abs=1e-12)
    found, wanted = learnt(ours, mine), learnt(plain, theirs)
    assert len(found) == len(wanted) == 1 + 2 * 3
    for gradient, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(gradient, other, atol=1e-12, rtol=0)


def test_a_frozen_share_teaches_codes_and_stays():
    first, frozen = layers(2)
    frozen.requires_grad_(False)
    shares, latent = shares_of([first, frozen]), codes()
    assert shares[1].parameters == ()
    shares_sum(shares, latent).backward()
    alone = codes()
    shares_sum(shares_of([first]), alone).backward()
    assert frozen.weight.grad is None
    assert latent.grad is not None
    assert alone.grad is not None
    assert not torch.equal(latent.grad, alone.grad)


def test_the_same_bits_come_of_it_each_time():
    def once() -> list[bytes]:
        made, latent = layers(6), codes()
        shares_sum(shares_of(made), latent).backward()
        return [gradient.numpy().tobytes() for gradient in learnt(made, latent)]

    first = once()
    assert all(once() == first for _ in range(20))


def test_without_gradients_nothing_but_the_value_is_computed():
    made, latent = layers(), codes()
    with torch.no_grad():
        value = shares_sum(shares_of(made), latent)
    assert not value.requires_grad
    assert value.item() == pytest.approx(shares_sum(shares_of(made), latent).item(), abs=1e-12)


def test_shares_leave_the_callers_thread():
    seen: list[int] = []

    def of(latent: Tensor) -> Tensor:
        seen.append(threading.get_ident())
        return latent.sum()

    shares_sum([Share(of, ()), Share(of, ())], codes())
    assert threading.get_ident() not in seen
    assert len(seen) == 2


def test_what_goes_wrong_in_a_share_is_said_to_the_caller():
    def broken(latent: Tensor) -> Tensor:
        raise ValueError("of the second hand")

    with pytest.raises(ValueError, match="of the second hand"):
        shares_sum([*shares_of(layers(1)), Share(broken, ())], codes())
