"""All checks of a device, in the order in which their faults are best mended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from xlvla_sdk.checks import description, device
from xlvla_sdk.checks.device import Locate
from xlvla_sdk.checks.result import CheckResult, Group, refused
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import ArmSpec, HandSpec, load_urdf

Named = tuple[Group, str, Callable[[], CheckResult]]
"""A check with what it is about and its name, not made yet."""


def described(spec: HandSpec | ArmSpec, locate: Locate) -> list[Named]:
    """The checks of a spec, in the order in which their faults are best mended."""
    model, joints = spec.model, spec.joints
    hand = spec if isinstance(spec, HandSpec) else None
    base = hand.wrist_link if hand else None
    named: list[Named | None] = [
        ("description", "urdf", partial(description.check_urdf, model)),
        ("description", "limits", partial(description.check_limits, model, joints)),
        hand and ("description", "tips", partial(device.check_tips, hand)),
        ("description", "meshes", partial(description.check_meshes, model)),
        ("kinematics", "mimic", partial(description.check_mimic, model, joints, base)),
        ("description", "inertias", partial(description.check_inertias, model)),
        ("description", "velocity", partial(device.check_velocity, spec)),
        hand and ("kinematics", "palm", partial(device.check_palm, hand)),
        ("description", "postures", partial(device.check_postures, spec)),
        hand and ("codec", "codec", partial(device.check_codec, hand, locate)),
    ]
    return [one for one in named if one]


def check_device(spec: HandSpec | ArmSpec, locate: Locate) -> list[CheckResult]:
    """Every check of a device that has a spec.

    Args:
        spec: The hand or arm.
        locate: Finds a hand's codec without training one.
    """
    return [make() for _, _, make in described(spec, locate)]


def check_file(urdf: Path, describe: Callable[[], HandSpec], locate: Locate) -> list[CheckResult]:
    """Every check of a hand that may not have a valid spec yet.

    Args:
        urdf: Its URDF.
        describe: Makes the spec; its refusal is one of the results.
        locate: Finds a hand's codec without training one.
    """
    try:
        model = load_urdf(urdf)
    except SpecError as error:
        return [refused("urdf", error)]
    try:
        return check_device(describe(), locate)
    except SpecError as error:
        results = [description.check_urdf(model)]
        results.append(description.check_limits(model, description.actuated(model)))
        if all(result.ok for result in results):
            results.append(refused("tips", error))
        return [*results, description.check_meshes(model), description.check_inertias(model)]
