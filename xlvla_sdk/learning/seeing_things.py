"""ThingSight: tokens of where things are, as a simulation says it."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from xlvla_sdk.learning.seeing import Sight, Told
from xlvla_sdk.learning.shape import Shape

NEAR = (0.02, 0.1)
"""At which distances a way from one place to another is looked at closely [m]: what a grip needs,
and what an approach needs."""
_WAY = 3 * (1 + len(NEAR))


class ThingSight(Sight):
    """Tokens of each thing, and of each way from one thing to another.

    A thing is said by where it is and by the way to it from each pinch point, so that nobody has to
    learn what subtraction is.
    """

    SHOWN = 2
    SCALED = ("state", "position")

    position_mean: Tensor
    position_std: Tensor

    def _begin(self, shape: Shape) -> None:
        channels = shape.channels
        self.arms = tuple(shape.arms)
        self.thing = nn.Linear(9 + _WAY * len(self.arms), channels)
        self.way = nn.Linear(_WAY + 3, channels)
        self.whence = nn.Linear(channels, channels, bias=False)

    def _shown(self, told: Told) -> list[tuple[Float[Tensor, "B N C"], Bool[Tensor, "B N"]]]:
        things, there = told.there.shape[1], told.there
        first, second = torch.triu_indices(things, things, 1, device=there.device).split(1)
        ends = torch.cat([first, second], dim=1)[0], torch.cat([second, first], dim=1)[0]
        names = self._heard(told.names)
        return [
            (self._things(told) + names, there),
            (self._ways(told, names, ends), there[:, ends[0]] & there[:, ends[1]]),
        ]

    def _things(self, told: Told) -> Float[Tensor, "B T C"]:
        places = told.things[..., :3]
        said = [(places - self.position_mean) / self.position_std, told.things[..., 3:]]
        said += [self._way(places - told.state[:, None, arm : arm + 3]) for arm in self.arms]
        return self.thing(torch.cat(said, dim=-1))

    def _ways(
        self, told: Told, names: Float[Tensor, "B T C"], ends: tuple[Tensor, Tensor]
    ) -> Float[Tensor, "B P C"]:
        way = told.things[:, ends[1], :3] - told.things[:, ends[0], :3]
        direction = nn.functional.normalize(way, dim=-1)
        said = self.way(torch.cat([self._way(way), direction], dim=-1))
        return said + names[:, ends[1]] + self.whence(names)[:, ends[0]]

    def _way(self, way: Float[Tensor, "*B 3"]) -> Float[Tensor, "*B K"]:
        return torch.cat([way / self.position_std, *((way / near).tanh() for near in NEAR)], dim=-1)
