"""Checks of what a spec adds to its URDF: tips, velocities, palm, postures, codec."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xlvla_sdk.checks.result import CheckResult, failed, passed, refused
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import CodecMismatch, SpecError
from xlvla_sdk.kinematics import find_palm
from xlvla_sdk.specs import ArmSpec, HandSpec
from xlvla_sdk.specs.urdf_file import rpy

Locate = Callable[[HandSpec], tuple[LatentCodec, str] | None]
"""A hand's codec and where it is from, or None when there is none yet."""

PALM_DEGREES = 25.0
"""How far a given palm frame may be from the one found; above it one of the two is mistaken."""


def check_tips(spec: HandSpec) -> CheckResult:
    """Which fingers the hand has; a spec whose tips cannot stand does not come this far."""
    return passed("tips", f"{len(spec.fingers)}: {' '.join(spec.fingers)}")


def check_velocity(spec: HandSpec | ArmSpec) -> CheckResult:
    """Whether every joint's velocity limit is known."""
    if spec.velocity is None:
        return failed(
            "velocity",
            "no limits are given, so nothing may move the device",
            "Give `velocity` [rad/s], from the hardware's sheet: in the spec, or with --velocity.",
        )
    limits = spec.velocity_limits
    slowest = int(limits.argmin())
    unit = "m/s" if spec.model.joints[spec.joints[slowest]].kind == "prismatic" else "rad/s"
    count = f"{len(limits)} of {len(limits)} given"
    return passed(
        "velocity", f"{count}; slowest is {spec.joints[slowest]}, {limits[slowest]:.2f} {unit}"
    )


def check_palm(spec: HandSpec) -> CheckResult:
    """Whether the palm frame given is near the one that tips and joints speak for."""
    try:
        found = find_palm(spec)
    except SpecError as error:
        return refused("palm", error)
    given = spec.T_wrist_palm[:3, :3]
    cosine = (np.trace(found.T @ given) - 1.0) / 2.0
    degrees = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    if degrees <= PALM_DEGREES:
        return passed("palm", f"{degrees:.0f} degrees from the one found")
    angles = ", ".join(f"{angle:.4f}" for angle in rpy(found))
    return failed(
        "palm",
        f"{degrees:.0f} degrees from the one found",
        f"In the palm frame fingers point along +z and the palm faces +x: palm_rpy=({angles}).",
    )


def check_postures(spec: HandSpec | ArmSpec) -> CheckResult:
    """Which postures there are; a spec whose postures leave the limits does not come this far."""
    return passed("postures", " ".join(spec.postures) or "none")


def check_codec(spec: HandSpec, locate: Locate) -> CheckResult:
    """Whether the hand has a codec; none is trained here."""
    try:
        found = locate(spec)
    except CodecMismatch as error:
        return refused("codec", error)
    if found is None:
        return passed("codec", f"none yet: trained at first use, or by `xlvla onboard {spec.id}`")
    codec, origin = found
    return passed("codec", f"{origin}, of {codec.space}")
