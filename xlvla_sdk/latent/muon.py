"""Muon: gradient steps on matrices, made orthogonal; for stacks of matrices of one shape.

Every direction of a weight matrix learns at the same pace, the rare ones too. On these networks it
reaches in 1,000 steps what AdamW reaches in 8,000 (docs/decisions-latent.md). torch.optim.Muon takes single
matrices, and halves their precision on the way: here a stack goes at once, in its own precision.

Source: Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.latent.threads import workers

ITERATIONS = 5
"""Of Newton and Schulz: singular values come within about 0.7 and 1.2."""
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial a x + b x^3 + c x^5 that is iterated."""


class Muon:
    """Momentum, orthogonalised; matrices of about one size are stacked and go together.

    Args:
        matrices: Weights of linear layers, (out, in).
        lr: Step size: about how far each singular value of a square matrix may move.
        momentum: Of the running mean of gradients, with Nesterov's look ahead.
        iterations: Of Newton and Schulz.
    """

    def __init__(
        self,
        matrices: Iterable[Tensor],
        lr: float,
        momentum: float = 0.95,
        iterations: int = ITERATIONS,
    ) -> None:
        self.lr = lr
        self._momentum = momentum
        self._iterations = iterations
        self._stacks = _stacks(list(matrices))
        self._means = [torch.zeros_like(_stacked(stack)) for stack in self._stacks]

    def step(self) -> None:
        """Takes a step, stacks side by side; every matrix must have a gradient."""
        list(workers().map(self._step, self._stacks, self._means))

    @torch.no_grad()
    def _step(self, matrices: list[Tensor], mean: Tensor) -> None:
        steps = orthogonal(self._ahead(matrices, mean), self._iterations)
        for matrix, step in zip(matrices, steps, strict=True):
            wide_out, wide_in = matrix.shape
            rate = self.lr * max(1.0, wide_out / wide_in) ** 0.5
            lying = _lying(step, wide_out > wide_in)
            matrix.add_(lying[:wide_out, :wide_in], alpha=-rate)

    def _ahead(self, matrices: list[Tensor], mean: Tensor) -> Tensor:
        """The gradients, stacked, drawn towards their running mean."""
        gradients = _stacked([cast("Tensor", matrix.grad) for matrix in matrices])
        mean.lerp_(gradients, 1.0 - self._momentum)
        return gradients.lerp_(mean, self._momentum)


def _stacks(matrices: Sequence[Tensor]) -> list[list[Tensor]]:
    """Matrices that go together: those that need little more room than the smaller ones have.

    A matrix that lies on its side, or has rows and columns of zeros beside it, has the same singular
    values; and a few calls of torch cost more than a few zeros.
    """
    stacks: list[list[Tensor]] = []
    for matrix in sorted(matrices, key=lambda m: (-max(m.shape), -min(m.shape))):
        if stacks and 2 * matrix.numel() >= stacks[-1][0].numel():
            stacks[-1].append(matrix)
        else:
            stacks.append([matrix])
    return stacks


@torch.no_grad()
def _stacked(matrices: Sequence[Tensor]) -> Float[Tensor, "n short long"]:
    short, long = (max(side(m.shape) for m in matrices) for side in (min, max))
    stack = matrices[0].new_zeros(len(matrices), short, long)
    for row, matrix in zip(stack, matrices, strict=True):
        lying = _lying(matrix, matrix.shape[0] > matrix.shape[1])
        row[: lying.shape[0], : lying.shape[1]] = lying
    return stack


def _lying(matrix: Tensor, stands: bool) -> Tensor:
    return matrix.mT if stands else matrix


def orthogonal(
    matrices: Float[Tensor, "*stack out in"], iterations: int = ITERATIONS
) -> Float[Tensor, "*stack out in"]:
    """The nearest matrices whose singular values are about one, but for those that are zero.

    Args:
        matrices: One, or a stack.
        iterations: Of Newton and Schulz.
    """
    stack = matrices.reshape(-1, *matrices.shape[-2:])
    wide = stack.shape[-2] <= stack.shape[-1]
    x = stack if wide else stack.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(iterations):
        gram = torch.bmm(x, x.mT)
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return (x if wide else x.mT).reshape(matrices.shape)
