"""PictureSight: tokens of what cameras see, by a small encoder that needs no other training.

Source: the spatial soft-argmax of Levine et al., End-to-End Training of Deep Visuomotor Policies, 2016,
and Finn et al., Deep Spatial Autoencoders for Visuomotor Learning, 2016: where a filter answers most,
as coordinates, which is what a hand that reaches has to know.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from xlvla_sdk.learning.seeing import Sight, Told
from xlvla_sdk.learning.shape import Shape

POINTS = 32
"""Filters of a camera, each of which is one point of its pictures."""
TOKENS = 4
"""Of a camera: what its points say together."""
SHARP = 2.0
"""At first, how many times its deviation a filter's answer stands out where it counts e-fold."""


class PictureSight(Sight):
    """Tokens of each camera's picture; each camera has an encoder of its own.

    Args:
        shape: How large it is.
        cameras: How many look, K.
    """

    SHOWN = 1

    def __init__(self, shape: Shape, cameras: int) -> None:
        self._cameras = cameras
        super().__init__(shape)

    def _begin(self, shape: Shape) -> None:
        self.eyes = nn.ModuleList(Eye(shape.channels) for _ in range(self._cameras))

    def _shown(self, told: Told) -> list[tuple[Float[Tensor, "B N C"], Bool[Tensor, "B N"]]]:
        tokens = [
            eye(picture) for eye, picture in zip(self.eyes, told.pictures.unbind(1), strict=True)
        ]
        whole = torch.cat(tokens, dim=1)
        return [(whole, torch.ones(whole.shape[:2], dtype=torch.bool, device=whole.device))]


class Points(nn.Module):
    """One camera's filters, at a quarter of the picture's size: the point where each answers, and how clearly.

    Args:
        count: How many, P.
    """

    def __init__(self, count: int = POINTS) -> None:
        super().__init__()
        self.filters = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, count, 3, padding=1),
        )
        self.clear = nn.InstanceNorm2d(count, affine=True)
        nn.init.constant_(self.clear.weight, SHARP)

    def forward(self, pictures: UInt8[Tensor, "B S S 3"]) -> Float[Tensor, "B P 3"]:
        """Across, down, how clearly."""
        pixels = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        answers = self.clear(self.filters(pixels))
        return torch.cat([soft_argmax(answers), _peaks(answers)], dim=-1)


class Eye(Points):
    """One camera's encoder: a few tokens of all points, which tell cameras and places apart by their own biases.

    Args:
        channels: Of a token.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.say = nn.Linear(3 * POINTS, TOKENS * channels)

    def forward(self, pictures: UInt8[Tensor, "B S S 3"]) -> Float[Tensor, "B N C"]:
        """The tokens of some pictures."""
        return self.say(super().forward(pictures).flatten(1)).unflatten(1, (TOKENS, -1))


def soft_argmax(answers: Float[Tensor, "B P H W"]) -> Float[Tensor, "B P 2"]:
    """Where in a picture each filter answers, across and down from its middle to its edges at 1."""
    height, width = answers.shape[2:]
    share = answers.flatten(2).softmax(dim=-1).unflatten(2, (height, width))
    across = torch.linspace(-1.0, 1.0, width, dtype=share.dtype, device=share.device)
    down = torch.linspace(-1.0, 1.0, height, dtype=share.dtype, device=share.device)
    return torch.stack([share.sum(dim=2) @ across, share.sum(dim=3) @ down], dim=-1)


def _peaks(answers: Float[Tensor, "B P H W"]) -> Float[Tensor, "B P 1"]:
    """How clearly each filter has found what it looks for."""
    flat = answers.flatten(2)
    return flat.logsumexp(dim=-1, keepdim=True) - math.log(flat.shape[-1])
