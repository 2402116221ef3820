"""Right and left."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """The side of the body a hand or an arm belongs to; right comes first everywhere."""

    RIGHT = "right"
    LEFT = "left"
