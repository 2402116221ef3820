"""Virtual hands: thumb-to-finger vectors that no founding hand has, made from those it has.

A space that has only ever heard of its founding hands reads their codes well and a new hand's
badly. So in training, vectors of real postures are stretched, turned and left out at random, finger
by finger, as hands of other sizes, other thumbs and fewer fingers would have them. A pinch stays a
pinch: vectors of no length stay so.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

REAL = 0.4
"""Part of the rows whose vectors stay as they are."""
STRETCH = 0.8
"""All of a row's vectors are scaled together by up to exp(+-this), each by half as much again."""
TURN = 1.2
"""How far each vector is turned: spread of the vector part of a quaternion whose scalar is one."""
ALL_FINGERS, EACH_FINGER = 0.5, 0.85
"""Part of the rows that keep all fingers, and part of the fingers that the others keep."""


def virtual_vectors(
    deltas: Float[Tensor, "rows 4 3"], has: Bool[Tensor, "rows 4"], generator: torch.Generator
) -> tuple[Float[Tensor, "rows 4 3"], Bool[Tensor, "rows 4"]]:
    """Vectors of hands that do not exist.

    Args:
        deltas: Thumb minus finger of real postures [m].
        has: Which fingers they have.
        generator: What is drawn from, on the CPU.

    Returns:
        The vectors [m], zeros where there is no finger, and which fingers there are.
    """

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator).to(deltas.device)

    rows = len(deltas)
    stretch = (2.0 * uniform(rows, 1, 1) - 1.0) + 0.5 * (2.0 * uniform(rows, 4, 1) - 1.0)
    turns = _rotations(4 * rows, generator).to(deltas.device).reshape(rows, 4, 3, 3)
    moved = (turns @ (deltas * (STRETCH * stretch).exp())[..., None])[..., 0]
    moved = torch.where(uniform(rows, 1, 1) < REAL, deltas, moved)
    kept = has & ((uniform(rows, 1) < ALL_FINGERS) | (uniform(rows, 4) < EACH_FINGER))
    return moved * kept[..., None], kept


def _rotations(count: int, generator: torch.Generator) -> Float[Tensor, "count 3 3"]:
    v = TURN * torch.randn(count, 3, generator=generator)
    quaternion = torch.nn.functional.normalize(torch.cat([torch.ones(count, 1), v], dim=1))
    w, x, y, z = quaternion.unbind(1)
    rows = [
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    ]
    return torch.stack(rows, dim=1).reshape(count, 3, 3)
