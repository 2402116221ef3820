"""What the demo's pictures share: colours, type, and tiles with rounded corners."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.sim.engine import load_pillow

PAPER = (255, 255, 255)
TILE = (244, 246, 249)
INK = (24, 33, 45)
MUTED = (112, 123, 138)
GOOD = (8, 135, 113)
BAD = (200, 70, 24)
DIM = (150, 158, 170)

Point = tuple[int | float, int | float]
"""From the upper left corner, right and down [px]."""


class Page:
    """A sheet of paper to put tiles and words on.

    Args:
        width: [px]
        height: [px]
    """

    def __init__(self, width: int, height: int) -> None:
        pillow = load_pillow()
        from PIL import ImageDraw

        self.image: Any = pillow.new("RGB", (width, height), PAPER)
        self._draw: Any = ImageDraw.Draw(self.image)
        self._pillow = pillow

    def write(
        self,
        at: Point,
        words: str,
        size: int,
        colour: tuple[int, int, int] = INK,
        anchor: str = "la",
    ) -> None:
        """Words at a place; `anchor` is Pillow's: left, middle, right and ascender, middle, ..."""
        self._draw.text(at, words, fill=colour, font=_font(size), anchor=anchor)

    def tile(
        self, at: tuple[int, int], picture: UInt8[np.ndarray, "H W 3"], radius: int = 14
    ) -> None:
        """A picture with rounded corners."""
        height, width = picture.shape[:2]
        mask = _rounded_mask(width, height, radius)
        self.image.paste(self._pillow.fromarray(picture), at, mask)

    def dot(self, centre: Point, radius: int, colour: tuple[int, int, int]) -> None:
        """A filled circle."""
        x, y = centre
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


@cache
def _rounded_mask(width: int, height: int, radius: int) -> Any:
    """Drawn four times as large, so that the corners come out smooth."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (4 * width, 4 * height), 0)
    box = (0, 0, 4 * width - 1, 4 * height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, 4 * radius, fill=255)
    return large.resize((width, height), Image.Resampling.LANCZOS)
