"""Joints to [-1, 1] and back, with all that does not depend on them computed once; numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.specs import LIMIT_TOLERANCE, Limits

_ONE = np.ones(1)  # numpy adds an array faster than it finds the type of a number


@dataclass(frozen=True)
class Scaling:
    """The way between a hand's qpos [rad, m] and normalised joints, -1 and 1 at the limits.

    Attributes:
        lower, upper: Limits [rad, m].
        half: Half of each range [rad, m].
        inverse: One over it.
        middle: Minus each range's middle, normalised.
        widest: What a joint that is read may be, normalised: LIMIT_TOLERANCE beyond one.
    """

    lower: Float[np.ndarray, " D"]
    upper: Float[np.ndarray, " D"]
    half: Float[np.ndarray, " D"]
    inverse: Float[np.ndarray, " D"]
    middle: Float[np.ndarray, " D"]
    widest: Float[np.ndarray, " D"]

    @staticmethod
    def of(limits: Limits) -> Scaling:
        lower, upper = limits
        half = 0.5 * (upper - lower)
        inverse = 1.0 / half
        middle = -0.5 * (lower + upper) * inverse
        return Scaling(lower, upper, half, inverse, middle, 1.0 + LIMIT_TOLERANCE * inverse)

    def normalized(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch D"]:
        """From qpos [rad, m]."""
        normalized = qpos * self.inverse
        normalized += self.middle
        return normalized

    def allows(self, normalized: Float[np.ndarray, "*batch D"]) -> bool:
        """Whether every joint is inside its limits, or next to them; a NaN is not."""
        return bool((np.abs(normalized) <= self.widest).all())

    def qpos(self, normalized: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch D"]:
        """From joints in [-1, 1]; never outside the limits."""
        qpos = normalized + _ONE
        qpos *= self.half
        qpos += self.lower
        # Nothing is added to the lower limit but what is above zero; to the upper one, the sum may
        # come a bit too high by rounding.
        return np.minimum(qpos, self.upper, out=qpos)
