"""Adam and AdamW, in the few calls of torch that they are.

torch.optim has both, with the same numbers. Its first step imports torch's compiler, though, and that
takes longer than closing a hand's fingers does: a second and a half of the few that a hand's joining
may take, in every process.

Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015; Loshchilov and Hutter, Decoupled
weight decay regularization, 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor

BETAS = (0.9, 0.999)
EPSILON = 1e-8
DECAY = 0.01
"""AdamW's: the part of a weight that goes with each step, times the rate."""


@runtime_checkable
class Optimiser(Protocol):
    """What takes the steps of a training.

    Attributes:
        lr: How far they go; it may change between steps.
    """

    lr: float

    def step(self) -> None:
        """Takes a step along the parameters' gradients, each of which must be there."""
        ...


class Adam:
    """Adam on one tensor.

    Args:
        like: As long as what is to move.
        lr: Learning rate.
    """

    def __init__(self, like: Tensor, lr: float) -> None:
        self.lr = lr
        self._taken = 0
        self._mean = torch.zeros_like(like, requires_grad=False)
        self._square = torch.zeros_like(like, requires_grad=False)

    @torch.no_grad()
    def move(self, free: Tensor, gradient: Tensor) -> None:
        """Moves a tensor in place."""
        self._taken += 1
        first, second = (1.0 - beta**self._taken for beta in BETAS)
        self._mean.lerp_(gradient, 1.0 - BETAS[0])
        self._square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1.0 - BETAS[1])
        spread = (self._square.sqrt() / second**0.5).add_(EPSILON)
        free.addcdiv_(self._mean, spread, value=-self.lr / first)


class AdamW:
    """Adam on parameters, which lose a little of themselves with every step; all of them as one.

    Args:
        parameters: What is to move.
        lr: Learning rate.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.lr = lr
        self._parameters = list(parameters)
        self._sizes = [parameter.numel() for parameter in self._parameters]
        self._adam = Adam(_flat(self._parameters), lr)

    @torch.no_grad()
    def step(self) -> None:
        """Takes a step along the parameters' gradients, each of which must be there."""
        free = _flat(self._parameters).mul_(1.0 - self.lr * DECAY)
        self._adam.lr = self.lr
        self._adam.move(free, _flat([cast("Tensor", p.grad) for p in self._parameters]))
        for parameter, moved in zip(self._parameters, free.split(self._sizes), strict=True):
            parameter.copy_(moved.view_as(parameter))


def _flat(tensors: list[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in tensors])
