"""What every driver asks of a target before it becomes bytes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.specs import ArmSpec, HandSpec, Limits
from xlvla_sdk.specs.spec import check_limits

ROUNDING = 1e-6
"""How far outside its limits a target may be for one at them [rad, m]."""


def checked_target(
    spec: HandSpec | ArmSpec,
    qpos: np.ndarray,
    tolerance: float = ROUNDING,
    limits: tuple[np.ndarray, np.ndarray] | None = None,
    told: Bool[np.ndarray, " D"] | None = None,
) -> Float[np.ndarray, " D"]:
    """A command's target, where it is one.

    Args:
        spec: The device.
        qpos: What it was told [rad, m].
        tolerance: How far outside the limits is still taken [rad, m].
        limits: Lower and upper [rad, m] of this very device, where they are narrower than its spec's.
        told: Joints that are sent; the others are not looked at.

    Raises:
        DriverError: Another number of joints than the device has.
        LimitViolation: Not finite, or outside the limits, naming the joint.
    """
    target = checked_size(spec, qpos)
    within = spec.limits if limits is None else Limits(*limits)
    seen = target if told is None else np.where(told, target, within.lower)
    try:
        check_limits(spec.id, spec.joints, within, seen, tolerance)
    except LimitViolation as error:
        raise LimitViolation(f"{error.message} Nothing was sent.", **error.values) from error
    return target


def checked_size(spec: HandSpec | ArmSpec, qpos: np.ndarray) -> Float[np.ndarray, " D"]:
    """A command's target as numbers; DriverError for another number of them than joints."""
    target = np.asarray(qpos, dtype=float)
    if target.shape != (len(spec.joints),):
        kind = "hand" if isinstance(spec, HandSpec) else "arm"
        raise DriverError(
            f"{spec.id}: a command has {target.size} values, the {kind} {len(spec.joints)} joints. "
            "Nothing was sent."
        )
    return target


def single_precision(
    lower: Float[np.ndarray, " D"], upper: Float[np.ndarray, " D"]
) -> tuple[np.ndarray, np.ndarray]:
    """Limits as float32, rounded towards each other: what is within them there is within them."""
    low, high = lower.astype(np.float32), upper.astype(np.float32)
    low = np.where(low < lower, np.nextafter(low, np.float32(np.inf)), low)
    high = np.where(high > upper, np.nextafter(high, np.float32(-np.inf)), high)
    return low, high
