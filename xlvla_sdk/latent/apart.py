"""Shares of a loss that meet in their codes alone, each with its gradient in a thread of its own.

What one hand's decoder makes of a step's codes touches no other hand: so the shares of several hands
are worked on side by side, forward and backward, and added in their order. The same bits come of it
whatever the number of cores. Threads inside an operation, as torch has them, gain no more when the
machine is idle, and wait for one another when it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from xlvla_sdk.latent.threads import workers


@dataclass(frozen=True)
class Share:
    """A part of a loss.

    Attributes:
        of: The part, from codes.
        parameters: All that it depends on beside them and that learns.
    """

    of: Callable[[Tensor], Tensor]
    parameters: tuple[Tensor, ...]

    @staticmethod
    def by(of: Callable[[Tensor], Tensor], parameters: Iterable[Tensor]) -> Share:
        """A share whose parameters are those among some that learn."""
        return Share(of, tuple(p for p in parameters if p.requires_grad))


def shares_sum(shares: Sequence[Share], latent: Float[Tensor, "rows L"]) -> Tensor:
    """The sum of shares, differentiable in the codes and in every share's parameters.

    Args:
        shares: No two with a parameter in common.
        latent: The codes.
    """
    if not torch.is_grad_enabled() or latent.device.type != "cpu":
        return torch.stack([share.of(latent) for share in shares]).sum()
    parameters = [parameter for share in shares for parameter in share.parameters]
    return _Sum.apply(shares, latent, *parameters)


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, shares: Sequence[Share], latent: Tensor, *_: Tensor) -> Tensor:
        results = list(workers().map(lambda share: _with_gradient(share, latent), shares))
        ctx.codes = torch.stack([gradients[0] for _, gradients in results]).sum(dim=0)
        ctx.parameters = [g for _, gradients in results for g in gradients[1:]]
        return torch.stack([value for value, _ in results]).sum()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, ...]:
        scale = grads[0]
        return None, ctx.codes * scale, *(g * scale for g in ctx.parameters)


def _with_gradient(share: Share, latent: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    with torch.enable_grad():
        codes = latent.detach().requires_grad_()
        value = share.of(codes)
        return value.detach(), torch.autograd.grad(value, (codes, *share.parameters))
