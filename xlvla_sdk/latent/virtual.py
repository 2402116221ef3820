"""Virtual hands: thumb-to-finger vectors that no founding hand has, made from those it has.

A space that has only ever heard of its founding hands reads their codes well and a new hand's
badly. So in training, vectors of real postures are stretched, turned and left out at random, finger
by finger, as hands of other sizes, other thumbs and fewer fingers would have them. A pinch stays a
pinch: vectors of no length stay so.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

REAL = 0.4
"""Part of the rows whose vectors stay as they are."""
WHOLE = 0.5
"""Of the others, the part that is changed as a whole: another size, another thumb."""
STRETCH = 0.8
"""Vectors are scaled by up to exp(+-this), a row's together; where fingers go each their own way,
each by half as much again."""
TURN, TURN_WHOLE = 1.2, 0.4
"""How far vectors are turned, each by itself or a row's together: spread of the vector part of a
quaternion whose scalar is one."""
FINGERS_APART = 0.15
"""In a row that is changed as a whole, each finger is scaled by up to exp(+-this) more."""
SHIFT, PINCHED = 0.03, 0.02
"""There, too, the thumb is moved by this spread [m], unless a finger is this near to it [m]."""
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

    draw = _Draws(len(deltas), generator, deltas.device)
    moved = torch.where(draw.uniform(1, 1) < WHOLE, _whole(deltas, has, draw), _each(deltas, draw))
    moved = torch.where(draw.uniform(1, 1) < REAL, deltas, moved)
    kept = has & ((draw.uniform(1) < ALL_FINGERS) | (draw.uniform(4) < EACH_FINGER))
    return moved * kept[..., None], kept


@dataclass(frozen=True)
class _Draws:
    """Random numbers for every row, drawn on the CPU and moved to a device."""

    rows: int
    generator: torch.Generator
    device: torch.device

    def uniform(self, *shape: int) -> Tensor:
        """Between 0 and 1."""
        return torch.rand((self.rows, *shape), generator=self.generator).to(self.device)

    def stretch(self, amount: float, *shape: int) -> Tensor:
        """Factors between exp(-amount) and exp(amount)."""
        return (amount * (2.0 * self.uniform(*shape) - 1.0)).exp()

    def turns(self, spread: float, fingers: int) -> Float[Tensor, "rows fingers 3 3"]:
        turns = _rotations(self.rows * fingers, spread, self.generator)
        return turns.reshape(self.rows, fingers, 3, 3).to(self.device)

    def shifts(self) -> Float[Tensor, "rows 1 3"]:
        shifts = SHIFT * torch.randn((self.rows, 1, 3), generator=self.generator)
        return shifts.to(self.device)


def _each(deltas: Tensor, draw: _Draws) -> Tensor:
    """Every finger goes its own way."""
    scaled = deltas * draw.stretch(STRETCH, 1, 1) * draw.stretch(0.5 * STRETCH, 4, 1)
    return (draw.turns(TURN, 4) @ scaled[..., None])[..., 0]


def _whole(deltas: Tensor, has: Tensor, draw: _Draws) -> Tensor:
    """The fingers stay beside one another, as a hand's are; the thumb is elsewhere."""
    scaled = deltas * draw.stretch(STRETCH, 1, 1) * draw.stretch(FINGERS_APART, 4, 1)
    turned = (draw.turns(TURN_WHOLE, 1) @ scaled[..., None])[..., 0]
    nearest = turned.norm(dim=-1).masked_fill(~has, torch.inf).amin(dim=1)
    pinched = (nearest < PINCHED)[:, None, None]
    return turned + torch.where(pinched, torch.zeros_like(turned[:, :1]), draw.shifts())


def _rotations(count: int, spread: float, generator: torch.Generator) -> Float[Tensor, "count 3 3"]:
    v = spread * torch.randn(count, 3, generator=generator)
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
