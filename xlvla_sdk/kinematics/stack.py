"""TipStack: the fingertips of several hands in one walk.

At a few hundred rows a hand costs more in calls of torch than in arithmetic: four of them walked
together take little longer than one. At thousands of rows they gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

from xlvla_sdk.kinematics.model import SLOTS, TipModel

ROWS = 7
"""What is known of a point before a joint: x, y, z; x and y times the joint's cosine, and its sine."""


@dataclass(frozen=True)
class Walked:
    """A walk, and what its way back needs.

    Attributes:
        vectors: Thumb tip minus fingertip [m] of every hand, for index, middle, ring, pinky; the
            batch lies last, so that every operation runs along it.
        points: Every slot's point before each joint, with its products.
        cosine: Of every joint.
        sine: Of every joint.
    """

    vectors: Float[Tensor, "H 4 3 batch"]
    points: Float[Tensor, "K S 7 batch"]
    cosine: Float[Tensor, "K S 1 batch"]
    sine: Float[Tensor, "K S 1 batch"]


class TipStack:
    """Several hands as one; each agrees with its TipModel.

    Hands with fewer joints than the one that has most are padded with joints that move nothing,
    fingers with joints at their base that never move. A joint's motion, the turn to the joint below
    it and the step there are one product with a matrix of constants.

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
        slides = torch.cat([self._deep(model.slides) for model in models], dim=1)
        self._slides = slides if bool(slides.any()) else None
        shift = torch.cat([self._deep(model.shift) for model in models], dim=1)
        self._shift = pad(shift, (0, 0, 0, ROWS - 3))  # (K, S, 7, 1)
        rotation = torch.cat([self._rotations(model) for model in models], dim=1)
        self._motion = _motion(rotation)  # (K, S, 7, 7)
        self._tip = torch.cat([model.tip for model in models])

    def deltas(
        self, normalized: Sequence[Float[Tensor, "batch _"]]
    ) -> Float[Tensor, "H batch 4 3"]:
        """Thumb tip minus fingertip [m] of every hand, for index, middle, ring, pinky.

        Args:
            normalized: Joints of each hand in [-1, 1], as many rows of one as of the other.
        """
        return self.stacked(
            torch.stack([pad(x, (0, self.joints - x.shape[1])) for x in normalized])
        )

    def stacked(self, rows: Float[Tensor, "H batch D"]) -> Float[Tensor, "H batch 4 3"]:
        """The same for joints that are stacked already, each hand's padded to `joints`."""
        return _Walk.apply(rows, self).permute(0, 3, 1, 2)

    def walk(self, rows: Float[Tensor, "H batch D"]) -> Walked:
        """As `stacked`, for who takes the way `back` alone, without autograd."""
        hands, batch = rows.shape[:2]
        q = torch.baddbmm(self._offset, self._drive, rows.mT).reshape(hands, -1, SLOTS, batch)
        q = q.transpose(0, 1).reshape(-1, hands * SLOTS, 1, batch)
        turn = q if self._slides is None else q * (1.0 - self._slides[..., None])
        cosine, sine = turn.cos(), turn.sin()
        points = q.new_empty(self._depth, hands * SLOTS, ROWS, batch)
        base = torch.empty_like(points[0])
        points[-1, :, :3] = self._tip
        for k in reversed(range(self._depth)):
            point = points[k]
            if self._slides is not None:
                point[:, 2:3] += q[k] * self._slides[k][..., None]
            torch.mul(point[:, :2], cosine[k], out=point[:, 3:5])
            torch.mul(point[:, :2], sine[k], out=point[:, 5:])
            below = points[k - 1] if k else base
            torch.baddbmm(self._shift[k], self._motion[k], point, out=below)
        tips = base[:, :3].reshape(hands, SLOTS, 3, batch)
        return Walked(tips[:, :1] - tips[:, 1:], points, cosine, sine)

    def back(
        self, walked: Walked, gradient: Float[Tensor, "H 4 3 batch"]
    ) -> Float[Tensor, "H batch D"]:
        """The gradient in the joints, from that in a walk's vectors."""
        hands, batch = len(gradient), gradient.shape[-1]
        g = gradient.new_zeros(hands, SLOTS, ROWS, batch)
        torch.sum(gradient, dim=1, out=g[:, 0, :3])
        torch.neg(gradient, out=g[:, 1:, :3])
        below, felt = g.flatten(0, 1), torch.empty_like(walked.points)
        for k in range(self._depth):
            at = felt[k]
            torch.bmm(self._motion[k].mT, below, out=at)
            torch.mul(at[:, 3:5], walked.cosine[k], out=at[:, :2])
            at[:, :2].addcmul_(at[:, 5:], walked.sine[k])
            below = at
        force = felt[:, :, 5:] * walked.cosine
        force.addcmul_(felt[:, :, 3:5], walked.sine, value=-1.0)
        q = (force * walked.points[:, :, :2]).sum(dim=2)
        if self._slides is not None:
            q = q * (1.0 - self._slides) + felt[:, :, 2] * self._slides
        q = q.reshape(-1, hands, SLOTS, batch).transpose(0, 1).reshape(hands, -1, batch)
        return torch.bmm(q.mT, self._drive)

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


class _Walk(torch.autograd.Function):
    """A walk whose way back autograd takes."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, stack: TipStack) -> Tensor:
        ctx.stack, ctx.walked = stack, stack.walk(rows)
        return ctx.walked.vectors

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, ...]:
        return ctx.stack.back(ctx.walked, grads[0]), None


def _motion(rotation: Float[Tensor, "K S 3 3"]) -> Float[Tensor, "K S 7 7"]:
    """What brings a point with its products to the joint below: rows and columns of zeros where
    nothing is to come of it, so that a walk needs no copies."""
    motion = rotation.new_zeros(*rotation.shape[:2], ROWS, ROWS)
    x, y, z = rotation.unbind(dim=-1)
    motion[:, :, :3, 2:] = torch.stack([z, x, y, y, -x], dim=-1)
    return motion
