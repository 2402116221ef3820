"""The codec's quality as a check: the one a package ships fits its hand and is not poor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

from xlvla_sdk.checks import Check, CheckResult, Declared
from xlvla_sdk.checks.result import exempted, failed, passed, refused
from xlvla_sdk.codec import DEFAULT_SPACE, LatentSpace, load_codec, load_space
from xlvla_sdk.codec.store import codec_name
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.plugin import Device
from xlvla_sdk.specs import HandSpec


def shipped_codec(device: Device, space: LatentSpace) -> Path | None:
    """The codec file of a hand in its plugin's package, or None where there is none."""
    if device.package is None:
        return None
    folder = Path(str(files(device.package))) / "codecs" / space.name
    path = folder / codec_name(device.spec.id)
    return path if path.is_file() else None


def check_shipped(device: Device, space: LatentSpace) -> CheckResult:
    """Whether the codec that ships with a hand is this hand's, of this space; quick."""
    assert isinstance(device.spec, HandSpec)
    path = shipped_codec(device, space)
    mend = f"Run `xlvla export {device.spec.id}` again."
    if path is None:
        return passed("shipped codec", "none yet: `xlvla export` puts one into the package")
    try:
        codec = load_codec(path)
    except XlvlaError as error:
        return failed("shipped codec", error.message.partition(". ")[0], mend)
    if codec.space != space.id:
        return failed("shipped codec", f"{path.name} is of {codec.space}, not {space.id}", mend)
    if difference := shared_kinematics(device.spec).difference(codec.kinematics):
        text = f"{path.name} was trained for another hand ({difference})"
        return failed("shipped codec", text, mend)
    return passed("shipped codec", f"{path.name}, of {codec.space}")


def check_quality(device: Device, space: LatentSpace) -> CheckResult:
    """The verdict on the codec that a hand has, measured now against what its geometry allows.

    Takes seconds, and torch; trains nothing. A hand without a codec has no quality yet.
    """
    from xlvla_sdk.onboarding.finding import locate_codec
    from xlvla_sdk.onboarding.onboard import report_on

    assert isinstance(device.spec, HandSpec)
    try:
        found = locate_codec(device.spec, space, package=device.package)
    except XlvlaError as error:
        return refused("quality", error)
    if found is None:
        return passed("quality", f"no codec yet: `xlvla onboard {device.spec.id}` trains one")
    codec, origin = found
    verdict = report_on(codec, space, origin=origin, seconds=0.0).verdict
    if verdict.grade == "poor":
        mend = f"Mend the hand's description, then `xlvla onboard {device.spec.id} --again`."
        return failed("quality", f"{origin}: {verdict.reason}", mend)
    return passed("quality", f"{origin}: {verdict.reason}")


def codec_checks(device: Device, declared: Declared, space: str | None = None) -> list[Check]:
    """What is asked of a hand's codec beyond whether it has one; nothing, of an arm.

    Args:
        device: The hand.
        declared: What its package declares.
        space: The latent space's name; the shipped one when left out.
    """
    if not isinstance(device.spec, HandSpec):
        return []

    def made(name: str, check: Callable[[Device, LatentSpace], CheckResult]) -> CheckResult:
        try:
            result = check(device, load_space(space or DEFAULT_SPACE))
        except XlvlaError as error:
            result = refused(name, error)
        return exempted(result, declared.reason(name, device.spec.name, device.spec.id))

    named = {"shipped codec": check_shipped, "quality": check_quality}
    return [
        Check(name, "codec", device.spec.id, partial(made, name, check))
        for name, check in named.items()
    ]
