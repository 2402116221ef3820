"""The network: a context of what is seen and told, and an expert that turns noise into a chunk.

Source: pi0 (Black et al., A Vision-Language-Action Flow Model for General Robot Control, 2024), for
the shape and for flow matching; object poses stand in for its images.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xlvla_sdk.learning.layers import Layer
from xlvla_sdk.learning.scales import Scales
from xlvla_sdk.learning.seeing import Seen, Sight, Told
from xlvla_sdk.learning.seeing_things import ThingSight
from xlvla_sdk.learning.shape import ARM_WIDTH, Shape
from xlvla_sdk.learning.splines import spline_basis


class FlowNetwork(nn.Module):
    """Which way noise flows to become the rows that were demonstrated.

    Rows are learned as they differ from the measured one where they say where an arm is: how far to
    go, not where to be. They come as control points of a
    spline, some to a token.

    Args:
        shape: How large it is.
        scales: What numbers are normalised by; they are stored with the weights. Left out, they
            are about to be loaded.
        sight: What it sees by.
    """

    basis: Tensor
    moved: Tensor
    counted: Tensor
    action_mean: Tensor
    action_std: Tensor
    action_lower: Tensor
    action_upper: Tensor

    def __init__(
        self,
        shape: Shape,
        scales: Scales | None = None,
        sight: Callable[[Shape], Sight] = ThingSight,
    ) -> None:
        super().__init__()
        self.shape = shape
        channels, heads = shape.channels, shape.heads
        self.sight = sight(shape)
        for what in ("mean", "std"):
            self.register_buffer(f"action_{what}", torch.ones(shape.horizon, shape.width))
        for what in ("lower", "upper"):
            self.register_buffer(f"action_{what}", torch.zeros(shape.width))
        basis = spline_basis(shape.horizon, shape.chunk_points)
        self.register_buffer("basis", torch.from_numpy(basis).float(), persistent=False)
        moved = moved_columns(shape.width, shape.arms)
        self.register_buffer("moved", moved, persistent=False)
        self.register_buffer("counted", counted_columns(moved), persistent=False)
        together = shape.width * shape.chunk_points // shape.chunk_tokens
        self.points = nn.Linear(together, channels)
        self.places = nn.Parameter(0.02 * torch.randn(shape.chunk_tokens, channels))
        self.time = nn.Sequential(
            nn.Linear(channels, channels), nn.SiLU(), nn.Linear(channels, channels)
        )
        self.expert = nn.ModuleList(
            Layer(channels, heads, crosses=True) for _ in range(shape.expert_layers)
        )
        self.out = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, together))
        if scales is not None:
            self._scale(scales)

    def see(self, told: Told) -> Seen:
        """What a guess looks at."""
        return self.sight(told)

    def guess(
        self, seen: Seen, noisy: Float[Tensor, "B H A"], time: Float[Tensor, " B"]
    ) -> Float[Tensor, "B H A"]:
        """The normalised rows that it takes to be behind noisy ones, which flow straight there.

        Rows are asked for and not the way itself, which is (guess - noisy) / (1 - time): a token
        would have to tell the noise of its rows exactly, more numbers than it holds channels.

        Args:
            seen: As `see` says.
            noisy: Between noise and rows.
            time: How far from noise (0) to rows (1).
        """
        when = self.time(_waves(time, self.shape.channels))[:, None]
        around = self.basis.T / self.basis.sum(dim=0)[:, None]
        points = (around @ noisy).unflatten(1, (self.shape.chunk_tokens, -1)).flatten(2)
        tokens = self.points(points) + self.places + when
        for layer in self.expert:
            tokens = layer(tokens, seen.there, seen.tokens)
        points = self.out(tokens).unflatten(2, (-1, self.shape.width)).flatten(1, 2)
        return self.basis @ points

    def loss(
        self,
        told: Told,
        chunks: Float[Tensor, "B H A"],
        weights: Float[Tensor, "B H"],
        noise: Float[Tensor, "B H A"],
        time: Float[Tensor, " B"],
    ) -> Float[Tensor, ""]:
        """How far the rows that are guessed are from those demonstrated, in mean square, and what is
        found in pictures from where it is.

        Arms count as much as hands, however many columns a layout gives to either.

        Args:
            told: What is seen and told.
            chunks: What was demonstrated, in the layout's own numbers.
            weights: How much each row counts.
            noise: As many numbers.
            time: How far from noise (0) to rows (1).
        """
        rows = (chunks - self._start(told) - self.action_mean) / self.action_std
        at = time[:, None, None]
        seen = self.see(told)
        guess = self.guess(seen, at * rows + (1.0 - at) * noise, time)
        with torch.autocast(rows.device.type, enabled=False):  # a loss wants all its digits
            missed = (guess.float() - rows).square() @ self.counted
        missed = missed + seen.missed[:, None]
        return (missed * weights).sum() / weights.sum()

    def unfold(
        self, told: Told, noise: Float[Tensor, "B H A"], steps: int
    ) -> Float[Tensor, "B H A"]:
        """The rows that noise becomes in so many steps, in the layout's own numbers.

        Hands stay between what was demonstrated: at a joint's limit, the least error is beyond it.
        """
        rows, seen = noise, self.see(told)
        for step in range(steps):
            time = noise.new_full((len(noise),), step / steps)
            rows = rows + (self.guess(seen, rows, time) - rows) / (steps - step)
        whole = rows * self.action_std + self.action_mean + self._start(told)
        return whole.clamp(self.action_lower, self.action_upper)

    def _start(self, told: Told) -> Float[Tensor, "B 1 A"]:
        """From where rows are counted: the measured arms, and nothing for hands."""
        return (told.state * self.moved)[:, None]

    def _scale(self, scales: Scales) -> None:
        for name, value in vars(scales).items():
            if name.startswith("action"):
                getattr(self, name).copy_(torch.as_tensor(value))
        self.sight.scale(scales)


def moved_columns(width: int, arms: tuple[int, ...]) -> Float[Tensor, " A"]:
    """One where a column of a row says where an arm is, zero elsewhere."""
    moved = torch.zeros(width)
    for arm in arms:
        moved[arm : arm + ARM_WIDTH] = 1.0
    return moved


def counted_columns(moved: Float[Tensor, " A"]) -> Float[Tensor, " A"]:
    """How much each column counts: those of arms together as much as those of hands; 1 in all."""
    parts = [part / part.sum() for part in (moved, 1.0 - moved) if part.any()]
    return torch.stack(parts).mean(dim=0)


def _waves(time: Float[Tensor, " B"], channels: int) -> Float[Tensor, "B C"]:
    """Sines and cosines of a time in [0, 1], with periods from 0.004 to 4, as pi0 has them."""
    ends = math.log10(4e-3), math.log10(4.0)
    periods = torch.logspace(*ends, channels // 2, device=time.device)
    angles = 2.0 * math.pi * time[:, None] / periods
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
