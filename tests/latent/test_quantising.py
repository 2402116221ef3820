"""Codes become entries, and entries follow their codes."""

from __future__ import annotations

import pytest
import torch

from xlvla_sdk.latent.quantising import Quantisation, Quantiser


def quantiser(entries: list[list[float]] | None = None, **how: float) -> Quantiser:
    made = Quantisation(groups=1, size=2, **how)  # pyright: ignore[reportArgumentType]
    book = None if entries is None else torch.tensor([entries])
    return Quantiser(made, torch.Generator().manual_seed(0), book)


def test_gradients_pass_straight_through():
    code = torch.tensor([[0.1, 0.0], [0.9, 1.2]], requires_grad=True)
    on, commitment = quantiser([[0.0, 0.0], [1.0, 1.0]], commitment=2.0)(code)
    assert torch.allclose(on, torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    assert float(commitment.detach()) == pytest.approx(2.0 * (0.01 + 0.01 + 0.04) / 4)
    (on * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert torch.equal(code.grad, torch.tensor([[1.0, 2.0], [3.0, 4.0]]))  # pyright: ignore[reportArgumentType]


def test_entries_follow_their_codes():
    left, right = torch.tensor([[-1.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    book = quantiser(decay=0.9)
    for _ in range(100):
        book.learn(torch.cat([left, right]).repeat(8, 1))
    for _ in range(100):
        book.learn(torch.cat([left + 0.3, right + 0.3]).repeat(8, 1))
    assert book.entries is not None
    assert sorted(book.entries[0, :, 0].tolist()) == pytest.approx([-0.7, 1.3], abs=1e-3)


def test_an_entry_that_nobody_asks_for_is_set_on_a_code_again():
    book = quantiser(decay=0.5)
    book.learn(torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    far = torch.tensor([[50.0, 50.0], [60.0, 60.0]])
    for _ in range(30):
        book.learn(far)
    assert book.entries is not None
    found = sorted(book.entries[0, :, 0].tolist())
    assert found == pytest.approx([50.0, 60.0], abs=1e-3)
