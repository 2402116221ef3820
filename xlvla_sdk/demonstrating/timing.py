"""How a motion passes its time: minimum jerk from rest to rest, no faster than asked."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

PEAK = 1.875
"""The fastest moment of a minimum jerk motion over its mean speed: 15/8."""


def minimum_jerk(part: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """How much of a way is done after a part of its time, both in [0, 1].

    Speed and acceleration are zero at both ends.

    Source: Flash and Hogan, The coordination of arm movements, J. Neuroscience 5 (7), 1985.
    """
    s = np.clip(part, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s**2)


def shortest_time(
    way: Float[np.ndarray, " any"], speed: Float[np.ndarray, " any"] | float
) -> float:
    """How long a minimum jerk motion takes at the least that is nowhere faster than `speed` [s].

    Args:
        way: How far each thing goes [m, rad]; signs do not count.
        speed: The most for each [m/s, rad/s].
    """
    return float(PEAK * (np.abs(way) / speed).max(initial=0.0))
