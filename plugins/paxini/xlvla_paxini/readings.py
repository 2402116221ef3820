"""What the SDK's lists of numbers mean: joints, currents, touch."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from xlvla_paxini.words import JOINTS, MOTORS, TOUCH

NEWTON = 0.1
"""A count of a touch module's resultant force [N]. alfredWu939/TacControl 8888f36f6825."""
DRIVEN: Bool[np.ndarray, " 16"] = np.isin(JOINTS, MOTORS)
"""Which joints have a motor."""


def angles(values: object) -> Float[np.ndarray, " 16"]:
    """Joint angles [rad]; ValueError, in words, where they are none."""
    return _numbers("joint angles", values, (len(JOINTS),))


def currents(values: object, ampere: float | None) -> Float[np.ndarray, " 16"] | None:
    """Motor currents by joint [A]; None where they were not read.

    Args:
        values: Thirteen, or None.
        ampere: What one of their units is [A].
    """
    if values is None or ampere is None:
        return None
    found = np.zeros(len(JOINTS))  # what has no motor draws nothing
    found[DRIVEN] = _numbers("motor currents", values, (len(MOTORS),))
    return found * ampere


def forces(values: object) -> dict[str, np.ndarray]:
    """Touch by place, x y z [N]; empty where it was not read."""
    if values is None:
        return {}
    return dict(zip(TOUCH, NEWTON * _numbers("touch forces", values, (len(TOUCH), 3)), strict=True))


def _numbers(what: str, values: object, shape: tuple[int, ...]) -> np.ndarray:
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError, OverflowError):
        numbers = np.full(1, np.nan)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise ValueError(f"{what} that are none: {str(values)[:80]}")
    return numbers
