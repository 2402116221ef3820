"""TipStack: the fingertips of several hands in one walk.

At a few hundred rows a hand costs more in calls of torch than in arithmetic: four of them walked
together take little longer than one. At thousands of rows they gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from xlvla_sdk.kinematics.model import SLOTS, TipModel, Walk


class TipStack:
    """Several hands as one; each agrees with its TipModel.

    Hands with fewer joints than the one that has most are padded with joints that move nothing,
    fingers with joints at their base that never move.

    Args:
        models: The hands, one or more, on one device.
    """

    def __init__(self, models: Sequence[TipModel]) -> None:
        self.joints = max(model.joints for model in models)
        self.has: Bool[Tensor, "H 5"] = torch.stack([model.has for model in models])
        self._depth = max(len(model.slides) for model in models)
        self._drive = torch.stack([self._padded_drive(model) for model in models])
        self._offset = torch.stack(
            [self._deep(self._offsets(m)).flatten()[:, None] for m in models]
        )
        self._slides = torch.cat([self._deep(model.slides) for model in models], dim=1)
        self._shift = torch.cat([self._deep(model.shift) for model in models], dim=1)
        self._rotation = torch.cat([self._rotations(model) for model in models], dim=1)
        self._tip = torch.cat([model.tip for model in models])

    def deltas(
        self, normalized: Sequence[Float[Tensor, "batch _"]]
    ) -> Float[Tensor, "H batch 4 3"]:
        """Thumb tip minus fingertip [m] of every hand, for index, middle, ring, pinky.

        Args:
            normalized: Joints of each hand in [-1, 1], as many rows of one as of the other.
        """
        rows = torch.stack([pad(x, (0, self.joints - x.shape[1])) for x in normalized])
        hands, batch = rows.shape[:2]
        q = torch.baddbmm(self._offset, self._drive, rows.mT)
        q = q.reshape(hands, -1, SLOTS, batch).transpose(0, 1).reshape(-1, hands * SLOTS, batch)
        p = Walk.apply(q, self._slides, self._rotation[1:], self._shift[1:], self._tip)
        p = torch.baddbmm(self._shift[0], self._rotation[0], p).reshape(hands, SLOTS, 3, batch)
        return (p[:, :1] - p[:, 1:]).permute(0, 3, 1, 2)

    def _offsets(self, model: TipModel) -> Tensor:
        """Joint positions (K, 5) where the normalised joints are zero."""
        middle = 0.5 * (model.lower + model.upper)
        return (model.offset[:, 0] + model.drive @ middle).reshape(-1, SLOTS)

    def _padded_drive(self, model: TipModel) -> Tensor:
        """From normalised joints to joint positions (K * 5, D)."""
        drive = (model.drive * (0.5 * (model.upper - model.lower))).reshape(-1, SLOTS, model.joints)
        return pad(self._deep(drive).flatten(0, 1), (0, self.joints - model.joints))

    def _deep(self, x: Float[Tensor, "K *rest"]) -> Float[Tensor, "deepest *rest"]:
        """Zeros at the base of shorter fingers."""
        return torch.cat([x.new_zeros(self._depth - len(x), *x.shape[1:]), x])

    def _rotations(self, model: TipModel) -> Tensor:
        turns = self._deep(model.rotation)
        turns[: self._depth - len(model.rotation)] = torch.eye(3).to(turns)
        return turns
