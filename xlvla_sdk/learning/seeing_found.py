"""FoundSight: tokens of where things are, as they are found in pictures."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xlvla_sdk.learning.seeing import Told
from xlvla_sdk.learning.seeing_pictures import Points
from xlvla_sdk.learning.seeing_things import ThingSight
from xlvla_sdk.learning.shape import Shape

OWN = 8
"""Filters of a camera for each thing: told by all points of a picture, places would be learned by heart."""
HIDDEN = 64
"""Between a thing's points in pictures and its place on the table."""
_POSE = 9


class FoundSight(ThingSight):
    """Sees by where things are, and finds them in the pictures of all cameras.

    While it learns it is told where they are, to learn to find them; tokens are of what it finds even
    then, so that the expert learns with its errors. Pictures do not turn with the table, but what is
    found in them does.

    Args:
        shape: How large it is.
        cameras: How many look, K.
        things: How many there are to be found, T.
    """

    def __init__(self, shape: Shape, cameras: int, things: int) -> None:
        self._cameras, self._known = cameras, things
        super().__init__(shape)

    def _begin(self, shape: Shape) -> None:
        super()._begin(shape)
        self.eyes = nn.ModuleList(Points(OWN * self._known) for _ in range(self._cameras))
        self.places = nn.ModuleList(
            nn.Sequential(
                nn.Linear(3 * OWN * self._cameras, HIDDEN),
                nn.GELU(),
                nn.Linear(HIDDEN, _POSE + 1),
            )
            for _ in range(self._known)
        )

    def find(self, told: Told) -> tuple[Told, Float[Tensor, " B"]]:
        """What is told, with things where they are found: while it learns, those that are there."""
        points = [eye(one) for eye, one in zip(self.eyes, told.pictures.unbind(1), strict=True)]
        seen = torch.stack(points, dim=2).unflatten(1, (self._known, OWN)).flatten(2)
        answer = torch.stack(
            [say(one) for say, one in zip(self.places, seen.unbind(1), strict=True)], dim=1
        )
        with torch.autocast(answer.device.type, enabled=False):  # places want all their digits
            said, sure = answer.float().split((_POSE, 1), dim=-1)
            origins = said[..., :3] * self.position_std + self.position_mean
            found = moved(torch.cat([origins, said[..., 3:]], dim=-1), told.frame)
            if not self.training:
                there = sure.squeeze(-1) > 0.0
                return replace(told, things=found, there=there), said.new_zeros(len(said))
            missed = self._missed(found, sure.squeeze(-1), told)
        return replace(told, things=found.detach()), missed

    def _missed(
        self, found: Float[Tensor, "B T 9"], sure: Float[Tensor, "B T"], told: Told
    ) -> Float[Tensor, " B"]:
        """In mean square, by deviations of places; and whether things are there, by its likelihood."""
        scale = torch.cat([self.position_std, self.position_std.new_ones(_POSE - 3)])
        there = told.there.float()
        square = ((found - told.things) / scale).square().mean(dim=-1)
        places = (square * there).sum(dim=1) / there.sum(dim=1).clamp(min=1.0)
        doubt = nn.functional.binary_cross_entropy_with_logits(sure, there, reduction="none")
        return places + doubt.mean(dim=1)


def moved(poses: Float[Tensor, "B T 9"], frame: Float[Tensor, "B 9"]) -> Float[Tensor, "B T 9"]:
    """Poses that were said in a frame, where it has been moved."""
    first, second = frame[:, 3:6], frame[:, 6:9]
    R = torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)
    vectors = poses.unflatten(-1, (3, 3)) @ R.mT[:, None]
    origins = vectors[..., :1, :] + frame[:, None, None, :3]
    return torch.cat([origins, vectors[..., 1:, :]], dim=-2).flatten(-2)
