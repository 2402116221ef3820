"""TipModel: fingertips from qpos in torch, batched and differentiable, mimic applied.

All fingers of a hand are walked at once from tip to base, positions only. Every joint has a frame
whose z is its axis, so that its motion touches two numbers of a position and its gradient is their
cross product: forward and backward cost the same. It agrees with `HandKinematics.tips`, and with
pytorch_kinematics, to 1e-6 m.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from xlvla_sdk.kinematics.screws import Finger, HandKinematics
from xlvla_sdk.specs import FINGERS

SLOTS = len(FINGERS)
"""How many fingers a model has room for."""


class TipModel:
    """A hand's fingertips as tensors.

    Fingers stand in five slots, thumb to pinky; a finger the hand does not have is left at the
    palm's origin and is False in `has`.

    Args:
        kinematics: The hand.
        dtype: Of every tensor; float32 trains.
        device: Where the tensors lie.
    """

    def __init__(
        self,
        kinematics: HandKinematics,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        fingers = {finger.name: finger for finger in kinematics.fingers}
        depth = max(len(finger.screws) for finger in kinematics.fingers)
        slots = [_slot(fingers.get(name), depth, len(kinematics.joints)) for name in FINGERS]

        def stack(key: str, axis: int) -> Tensor:
            array = np.stack([slot[key] for slot in slots], axis=axis)
            return torch.tensor(array, dtype=dtype, device=device)

        self.has = torch.tensor([name in fingers for name in FINGERS], device=device)
        self.lower = torch.tensor(kinematics.lower, dtype=dtype, device=device)
        self.upper = torch.tensor(kinematics.upper, dtype=dtype, device=device)
        self.drive = stack("drive", 1).reshape(depth * SLOTS, -1)  # (K * 5, D)
        self.offset = stack("offset", 1).reshape(-1, 1)
        self.slides = stack("slides", 1)[..., None]  # (K, 5, 1)
        self.rotation = stack("rotation", 1)  # (K, 5, 3, 3): from palm to first joint, then on
        self.shift = stack("shift", 1)[..., None]  # (K, 5, 3, 1)
        self.tip = stack("tip", 0)[..., None]  # (5, 3, 1)

    @property
    def joints(self) -> int:
        """How many actuated joints, D."""
        return len(self.lower)

    def unnormalize(self, normalized: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
        """From [-1, 1] to qpos [rad, m]."""
        return self.lower + (normalized + 1.0) * (0.5 * (self.upper - self.lower))

    def normalize(self, qpos: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
        """From qpos [rad, m] to [-1, 1]."""
        return (qpos - self.lower) * (2.0 / (self.upper - self.lower)) - 1.0

    def tips(self, qpos: Float[Tensor, "batch D"]) -> Float[Tensor, "batch 5 3"]:
        """Fingertips in the palm frame [m], five slots, thumb to pinky."""
        return self._walk(qpos).permute(2, 0, 1)

    def deltas(self, qpos: Float[Tensor, "batch D"]) -> Float[Tensor, "batch 4 3"]:
        """Thumb tip minus fingertip [m], for index, middle, ring, pinky."""
        p = self._walk(qpos)
        return (p[:1] - p[1:]).permute(2, 0, 1)

    def _walk(self, qpos: Tensor) -> Tensor:
        """(5, 3, B): the batch lies last, so that every operation runs along it."""
        positions = torch.addmm(self.offset, self.drive, qpos.T)
        positions = positions.reshape(-1, SLOTS, len(qpos))
        p = Walk.apply(positions, self.slides, self.rotation[1:], self.shift[1:], self.tip)
        return torch.baddbmm(self.shift[0], self.rotation[0], p)


class Walk(torch.autograd.Function):
    """From joint positions (K, S, B) to tips in the first joint's frame (S, 3, B)."""

    @staticmethod
    def forward(
        ctx: Any, positions: Tensor, slides: Tensor, rotation: Tensor, shift: Tensor, tip: Tensor
    ) -> Tensor:
        turn = positions * (1.0 - slides)
        cosine, sine = turn.cos(), turn.sin()
        p = tip.expand(-1, -1, positions.shape[-1])
        passed = []
        for k in reversed(range(len(positions))):
            p = _turned(p, cosine[k], sine[k])
            p[:, 2] += positions[k] * slides[k]
            passed.append(p)
            if k > 0:
                p = torch.baddbmm(shift[k - 1], rotation[k - 1], p)
        ctx.save_for_backward(cosine, sine, slides, rotation, *reversed(passed))
        return p.clone()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grads: Tensor
    ) -> tuple[Tensor | None, ...]:
        cosine, sine, slides, rotation, *passed = ctx.saved_tensors
        g = grads[0]
        out = torch.empty_like(cosine)
        for k, p in enumerate(passed):
            torque = p[:, 0] * g[:, 1] - p[:, 1] * g[:, 0]
            out[k] = torque * (1.0 - slides[k]) + g[:, 2] * slides[k]
            if k < len(passed) - 1:
                g = torch.bmm(rotation[k].transpose(1, 2), _turned(g, cosine[k], -sine[k]))
        return out, None, None, None, None


def _turned(p: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    x, y, z = p.unbind(1)
    return torch.stack([x * cosine - y * sine, x * sine + y * cosine, z], dim=1)


def _slot(finger: Finger | None, depth: int, joints: int) -> dict[str, np.ndarray]:
    """A finger's chain of frames, base first; joints that never move fill it up at the base."""
    screws = finger.screws if finger is not None else ()
    frames = [np.eye(4)] * (depth - len(screws) + 1)
    drive, offset, slides = np.zeros((depth, joints)), np.zeros(depth), np.zeros(depth)
    for k, screw in enumerate(screws, start=depth - len(screws)):
        drive[k, screw.joint], offset[k], slides[k] = (
            screw.multiplier,
            screw.offset,
            screw.prismatic,
        )
        frames.append(_frame(screw.axis, screw.point))
    tip = np.append(finger.tip if finger is not None else np.zeros(3), 1.0)
    steps = [frames[1], *(np.linalg.inv(a) @ b for a, b in pairwise(frames[1:]))]
    return {
        "drive": drive,
        "offset": offset,
        "slides": slides,
        "rotation": np.array([T[:3, :3] for T in steps]),
        "shift": np.array([T[:3, 3] for T in steps]),
        "tip": (np.linalg.inv(frames[-1]) @ tip)[:3],
    }


def _frame(axis: np.ndarray, point: np.ndarray) -> np.ndarray:
    """A frame at `point` whose z is `axis`."""
    other = np.eye(3)[np.abs(axis).argmin()]
    x = np.cross(other, axis)
    x /= np.linalg.norm(x)
    T = np.eye(4)
    T[:3, :3] = np.stack([x, np.cross(axis, x), axis], axis=1)
    T[:3, 3] = point
    return T
