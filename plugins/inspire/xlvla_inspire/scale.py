"""The hand's counts and our radians: 1000 is open and the joint's lower limit, 0 closed and the upper.

Linear between the limits of the URDF. The maker gives the direction (manual 2.6; rotation 165 degrees,
beside the palm, is 1000) and no formula; motor and joint are proportional only nearly.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import checked_target

FULL = 1000
"""Counts of a full stroke, for every joint."""


def counts(spec: HandSpec, qpos: Float[np.ndarray, " D"]) -> Int[np.ndarray, " D"]:
    """The hand's counts of joints [rad], in the hand's order.

    Raises:
        LimitViolation: Not finite, or outside a joint's limits.
        DriverError: Another number of joints.
    """
    lower, upper = spec.limits
    wanted = FULL * (upper - checked_target(spec, qpos)) / (upper - lower)
    return np.clip(np.rint(wanted), 0, FULL).astype(int)[::-1]


def radians(spec: HandSpec, wire: Int[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
    """Joints [rad] of the hand's counts, in the order of the spec."""
    lower, upper = spec.limits
    return upper - (upper - lower) * wire[::-1] / FULL
