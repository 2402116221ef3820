"""A codebook in training: codes become entries, and entries follow their codes.

Gradients pass straight through, a commitment loss keeps codes at their entries, entries follow
their codes by moving averages, and entries that no code has asked for are set on codes again.

Source: van den Oord, Vinyals, Kavukcuoglu, Neural Discrete Representation Learning, 2017,
section 3 and appendix A.1 (moving averages); product quantisation as in Jegou, Douze, Schmid, 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xlvla_sdk.codec.codebook import Codebook


@dataclass(frozen=True)
class Quantisation:
    """How codes are made discrete.

    Attributes:
        groups: Tokens of a posture; they share the latent's width.
        size: Entries that each may take.
        commitment: Weight of a code's squared distance from its entry.
        decay: Of the moving averages that entries follow.
        start: Part of the run in which codes pass unquantised, before there are entries.
        unused: An entry is set on a code again when its moving count has fallen below this.
    """

    groups: int = 16
    size: int = 64
    commitment: float = 0.25
    decay: float = 0.99
    start: float = 0.15
    unused: float = 0.05


class Quantiser:
    """The codebook in training: entries, and the moving averages they follow.

    Args:
        how: How codes are made discrete.
        generator: Says which codes entries are set on.
        entries: A codebook that is done and stays as it is; left out, the first codes make one.
    """

    def __init__(
        self, how: Quantisation, generator: torch.Generator, entries: Tensor | None = None
    ) -> None:
        self.how = how
        self.entries = entries
        self._generator = generator
        self._count = torch.empty(0)
        self._sum = torch.empty(0)

    def __call__(
        self, code: Float[Tensor, "batch L"]
    ) -> tuple[Float[Tensor, "batch L"], Float[Tensor, ""]]:
        """Codes on their nearest entries, with the gradient of the codes, and their commitment."""
        parts = self._parts(code.detach())
        nearest = self._gather(self.tokens(parts)).reshape(code.shape)
        commitment = (code - nearest).square().mean()
        return code + (nearest - code).detach(), self.how.commitment * commitment

    def tokens(self, parts: Float[Tensor, "groups batch part"]) -> Int[Tensor, "groups batch"]:
        """Which entry is nearest."""
        assert self.entries is not None
        return torch.cdist(parts, self.entries).argmin(dim=-1)

    @torch.no_grad()
    def learn(self, code: Float[Tensor, "batch L"]) -> None:
        """Moves the entries after their codes; the first codes seen become entries."""
        parts = self._parts(code)
        if self.entries is None:
            self.entries = self._some(parts)
            self._count = torch.ones(self.entries.shape[:2])
            self._sum = self.entries.clone()
        chosen = torch.nn.functional.one_hot(self.tokens(parts), self.how.size).to(parts.dtype)
        keep = self.how.decay
        self._count = keep * self._count + (1.0 - keep) * chosen.sum(dim=1)
        self._sum = keep * self._sum + (1.0 - keep) * chosen.transpose(1, 2) @ parts
        self._revive(parts)
        self.entries = self._sum / self._count[..., None]

    def codebook(self) -> Codebook:
        """The entries as they are now, in numpy."""
        assert self.entries is not None
        return Codebook(self.entries.numpy().copy())

    def _revive(self, parts: Tensor) -> None:
        dead = self._count < self.how.unused
        self._count = torch.where(dead, torch.ones(()), self._count)
        self._sum = torch.where(dead[..., None], self._some(parts), self._sum)

    def _some(self, parts: Tensor) -> Tensor:
        rows = torch.randint(parts.shape[1], (len(parts), self.how.size), generator=self._generator)
        return parts.gather(1, rows[..., None].expand(-1, -1, parts.shape[2]))

    def _gather(self, tokens: Tensor) -> Tensor:
        """(batch, groups, part)."""
        assert self.entries is not None
        part = self.entries.shape[2]
        return self.entries.gather(1, tokens[..., None].expand(-1, -1, part)).transpose(0, 1)

    def _parts(self, code: Tensor) -> Tensor:
        return code.reshape(len(code), self.how.groups, -1).transpose(0, 1)
