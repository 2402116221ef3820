"""Seeing: what is measured, what is shown and what is told, as tokens of one context."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

from xlvla_sdk.learning.layers import Layer
from xlvla_sdk.learning.scales import Scales
from xlvla_sdk.learning.shape import Shape

FURTHEST = 3.0
"""Measured rows further off than so many deviations are taken to be there: a column that hardly
moved in training is no reason to leave everything that was learned."""


@dataclass(frozen=True)
class Told:
    """What a policy is asked with; of what its variant is not shown there are none.

    Attributes:
        state: Rows as measured.
        things: Origin [m] and two columns of the rotation, in the task frame; anything where one
            is absent.
        there: Which things are there.
        names: The things' names, as words.
        prompts: The instruction, as words.
        pictures: Of each camera, S pixels high and wide, the top row first.
        frame: Where the task frame has been moved to with all but the pictures, as things are said.
    """

    state: Float[Tensor, "B A"]
    things: Float[Tensor, "B T 9"]
    there: Bool[Tensor, "B T"]
    names: Int[Tensor, "B T V"]
    prompts: Int[Tensor, "B W"]
    pictures: UInt8[Tensor, "B K S S 3"]
    frame: Float[Tensor, "B 9"]


@dataclass(frozen=True)
class Seen:
    """The context.

    Attributes:
        tokens: Of all that is seen and told.
        there: Which of them are there.
        missed: By how much what was found in pictures is not what was told, as a loss; zero where
            nothing has to be found.
    """

    tokens: Float[Tensor, "B M C"]
    there: Bool[Tensor, "B M"]
    missed: Float[Tensor, " B"]


class Sight(nn.Module, ABC):
    """Tokens of the measured row, of what a variant is shown, and of the instruction.

    Args:
        shape: How large it is.
    """

    SHOWN: ClassVar[int]
    """How many kinds of tokens say what is shown."""
    SCALED: ClassVar[tuple[str, ...]] = ("state",)
    """Which scales it normalises by."""

    state_mean: Tensor
    state_std: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        channels = shape.channels
        for name in self.SCALED:
            for what in ("mean", "std"):
                size = shape.width if name == "state" else 3
                self.register_buffer(f"{name}_{what}", torch.ones(size))
        self.words = nn.Embedding(shape.words + 1, channels, padding_idx=0)
        self.kinds = nn.Parameter(0.02 * torch.randn(self.SHOWN + 2, channels))
        self.state = nn.Linear(shape.width, shape.state_tokens * channels)
        self._begin(shape)
        self.layers = nn.ModuleList(
            Layer(channels, shape.heads, crosses=False) for _ in range(shape.context_layers)
        )
        self.norm = nn.LayerNorm(channels)

    @abstractmethod
    def _begin(self, shape: Shape) -> None:
        """Adds the layers that look at what is shown."""

    @abstractmethod
    def _shown(self, told: Told) -> list[tuple[Float[Tensor, "B N C"], Bool[Tensor, "B N"]]]:
        """Tokens of what is shown, kind by kind, and which of them are there."""

    def find(self, told: Told) -> tuple[Told, Float[Tensor, " B"]]:
        """What is told, with what is found in pictures in its place, and by how much that misses it."""
        return told, told.state.new_zeros(len(told.state))

    def scale(self, scales: Scales) -> None:
        """Takes what it normalises by from a dataset's scales."""
        for name in self.SCALED:
            for what in (f"{name}_mean", f"{name}_std"):
                getattr(self, what).copy_(torch.as_tensor(getattr(scales, what)))

    def forward(self, told: Told) -> Seen:
        """The context of what a policy is asked with."""
        told, missed = self.find(told)
        row = ((told.state - self.state_mean) / self.state_std).clamp(-FURTHEST, FURTHEST)
        body = self.state(row).unflatten(-1, (-1, self.kinds.shape[1]))
        always = torch.ones(body.shape[:2], dtype=torch.bool, device=body.device)
        heard = self._heard(told.prompts)[:, None]
        parts = ((body, always), *self._shown(told), (heard, always[:, :1]))
        tokens = torch.cat(
            [part + kind for (part, _), kind in zip(parts, self.kinds, strict=True)], dim=1
        )
        there = torch.cat([one for _, one in parts], dim=1)
        for layer in self.layers:
            tokens = layer(tokens, there)
        return Seen(self.norm(tokens), there, missed)

    def _heard(self, words: Int[Tensor, "*N W"]) -> Float[Tensor, "*N C"]:
        """The mean of the words; zeros for none."""
        count = (words > 0).sum(dim=-1, keepdim=True).clamp(min=1)
        return self.words(words).sum(dim=-2) / count
