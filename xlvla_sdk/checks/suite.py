"""All checks of a device, in the order in which their faults are best mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xlvla_sdk.checks import description, device
from xlvla_sdk.checks.device import Locate
from xlvla_sdk.checks.result import CheckResult, refused
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import ArmSpec, HandSpec, load_urdf


def check_device(spec: HandSpec | ArmSpec, locate: Locate) -> list[CheckResult]:
    """Every check of a device that has a spec.

    Args:
        spec: The hand or arm.
        locate: Finds a hand's codec without training one.
    """
    results = [
        description.check_urdf(spec.model),
        description.check_limits(spec.model, spec.joints),
    ]
    if isinstance(spec, HandSpec):
        results.append(device.check_tips(spec))
    results += [
        description.check_meshes(spec.model),
        description.check_mimic(spec.model, spec.joints),
        description.check_inertias(spec.model),
        device.check_velocity(spec),
    ]
    if isinstance(spec, HandSpec):
        results.append(device.check_palm(spec))
    results.append(device.check_postures(spec))
    if isinstance(spec, HandSpec):
        results.append(device.check_codec(spec, locate))
    return results


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
