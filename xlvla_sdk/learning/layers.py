"""Layers of a transformer: attention among tokens, to a context, and each token for itself."""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor, nn


class Attention(nn.Module):
    """Attention of some tokens to others, which may be the same."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(channels, channels)
        self.offer = nn.Linear(channels, 2 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(
        self,
        tokens: Float[Tensor, "B N C"],
        others: Float[Tensor, "B M C"],
        there: Bool[Tensor, "B M"] | None = None,
    ) -> Float[Tensor, "B N C"]:
        """Each token with what it takes from those of the others that are there."""
        key, value = self.offer(others).chunk(2, dim=-1)
        mixed = nn.functional.scaled_dot_product_attention(
            self._heads(self.ask(tokens)),
            self._heads(key),
            self._heads(value),
            attn_mask=None if there is None else there[:, None, None],
        )
        return self.out(mixed.transpose(1, 2).flatten(2))

    def _heads(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Layer(nn.Module):
    """Attention among tokens, then to a context where there is one, then each token for itself."""

    def __init__(self, channels: int, heads: int, *, crosses: bool) -> None:
        super().__init__()
        self.inside, self.before = Attention(channels, heads), nn.LayerNorm(channels)
        self.across = Attention(channels, heads) if crosses else None
        self.between = nn.LayerNorm(channels) if crosses else None
        self.each = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
        )

    def forward(
        self,
        tokens: Float[Tensor, "B N C"],
        there: Bool[Tensor, "B M"],
        context: Float[Tensor, "B M C"] | None = None,
    ) -> Float[Tensor, "B N C"]:
        """The tokens, changed.

        Args:
            tokens: All of them there where a context is given.
            there: Which tokens of the context are there; of the tokens themselves without one.
            context: What they look at.
        """
        normed = self.before(tokens)
        if self.across is None or self.between is None or context is None:
            tokens = tokens + self.inside(normed, normed, there)
        else:
            tokens = tokens + self.inside(normed, normed)
            tokens = tokens + self.across(self.between(tokens), context, there)
        return tokens + self.each(tokens)
