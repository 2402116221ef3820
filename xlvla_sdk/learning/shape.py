"""Shape: how large a policy's network is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ARM_WIDTH = 9
"""Numbers of an arm pose in a row; see docs/concepts/policy.md."""


@dataclass(frozen=True)
class Shape:
    """How large the network is.

    Attributes:
        width: Of a row, A.
        horizon: Rows of a chunk, H.
        words: How many are known.
        arms: Where in a row each arm's nine columns begin.
        channels: Of a token.
        heads: Of attention.
        context_layers, expert_layers: How deep each part is.
        state_tokens: In how many tokens a measured row is seen, K.
        rows_per_point: How many rows of a chunk have one control point.
        points_per_token: How many of those are one token of the expert.
    """

    width: int
    horizon: int
    words: int
    arms: tuple[int, ...] = ()
    channels: int = 128
    heads: int = 4
    context_layers: int = 2
    expert_layers: int = 3
    state_tokens: int = 2
    rows_per_point: int = 4
    points_per_token: int = 4

    @property
    def chunk_tokens(self) -> int:
        """Tokens of a chunk."""
        return math.ceil(self.horizon / (self.rows_per_point * self.points_per_token))

    @property
    def chunk_points(self) -> int:
        """Control points of a chunk, at least the four that a cubic spline needs."""
        return max(4, self.chunk_tokens * self.points_per_token)


def read_shape(said: Mapping[str, Any]) -> Shape:
    """A shape as a policy's card says it.

    Raises:
        LookupError, TypeError: When it is damaged.
    """
    return Shape(**{**said, "arms": tuple(said["arms"])})
