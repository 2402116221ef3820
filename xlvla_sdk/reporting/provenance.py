"""What a page speaks of, to the bit: versions of programs, hashes of what went in and came out."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.onboarding import OnboardReport
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec

PROGRAMS = ("xlvla-sdk", "numpy", "torch", "mujoco")


def versions(spec: HandSpec) -> dict[str, str]:
    """Programs and their versions, the hand's plugin among them."""
    found = {"python": platform.python_version()}
    for program in PROGRAMS:
        try:
            found[program] = version(program)
        except PackageNotFoundError:
            found[program] = "not installed as a package"
    device = registry().devices.get(spec.id)
    return {
        "hand's plugin": "none: described by its URDF" if device is None else device.plugin.label,
        **found,
        "machine": f"{platform.system()} {platform.machine()}",
    }


def hashes(spec: HandSpec, report: OnboardReport, space: LatentSpace) -> dict[str, str]:
    """SHA-256 of the description, the kinematics, the codec's weights, the space and the test."""
    codec = report.codec
    weights = hashlib.sha256()
    for name, array in sorted(codec_tensors(codec).items()):
        weights.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return {
        f"URDF, {spec.urdf.name}": hashlib.sha256(spec.urdf.read_bytes()).hexdigest(),
        "kinematics as the space sees them": codec.kinematics.hash,
        "codec's weights": weights.hexdigest(),
        f"space {space.name}": space.hash,
        "test postures": report.measured.test_hash,
    }
