"""Muon: gradient steps on matrices, made orthogonal; for stacks of matrices of one shape.

Every direction of a weight matrix learns at the same pace, the rare ones too. On these networks it
reaches in 1,000 steps what AdamW reaches in 8,000 (docs/decisions.md). torch.optim.Muon takes single
matrices, and halves their precision on the way: here a stack goes at once, in its own precision.

Source: Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.latent.threads import workers

ITERATIONS = 5
"""Of Newton and Schulz: singular values come within about 0.7 and 1.2."""
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial a x + b x^3 + c x^5 that is iterated."""


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised; matrices of one shape are stacked and go together.

    Args:
        matrices: Weights of linear layers, (out, in).
        lr: Step size: about how far each singular value of a square matrix may move.
        momentum: Of the running mean of gradients, with Nesterov's look ahead.
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum})

    def step(self, closure: Callable[[], Any] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Takes a step, shapes side by side; every matrix must have a gradient."""
        assert closure is None
        for group in self.param_groups:
            step = partial(self._step, group["lr"], group["momentum"])
            list(workers().map(step, _by_shape(group["params"]).values()))

    @torch.no_grad()
    def _step(self, lr: float, momentum: float, matrices: list[Tensor]) -> None:
        wide_out, wide_in = matrices[0].shape
        rate = lr * max(1.0, wide_out / wide_in) ** 0.5
        steps = orthogonal(self._ahead(matrices, momentum))
        for matrix, step in zip(matrices, steps, strict=True):
            matrix.add_(step, alpha=-rate)

    def _ahead(self, matrices: list[Tensor], momentum: float) -> Tensor:
        """The gradients (n, out, in), drawn towards their running means."""
        gradients = torch.stack([cast("Tensor", matrix.grad) for matrix in matrices])
        state = self.state[matrices[0]]
        if not state:
            state["mean"] = torch.zeros_like(gradients)
        mean = state["mean"].lerp_(gradients, 1.0 - momentum)
        return gradients.lerp_(mean, momentum)


def _by_shape(matrices: list[Tensor]) -> dict[torch.Size, list[Tensor]]:
    found: dict[torch.Size, list[Tensor]] = {}
    for matrix in matrices:
        found.setdefault(matrix.shape, []).append(matrix)
    return found


def orthogonal(matrices: Float[Tensor, "*stack out in"]) -> Float[Tensor, "*stack out in"]:
    """The nearest matrices whose singular values are about one, but for those that are zero.

    Args:
        matrices: One, or a stack.
    """
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x if wide else x.mT
