"""Which codecs are stale: of a hand that has changed since, of another space, or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from xlvla_sdk.codec import LatentSpace, load_codec, load_space
from xlvla_sdk.doctor.health import Health
from xlvla_sdk.errors import CodecMismatch, UnknownDevice
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.registry import Registry
from xlvla_sdk.storage import data_folder


def look_at_codecs(found: Registry) -> Iterator[Health]:
    """The codecs in the data folder and in plugins' packages: together, and each that is stale.

    Args:
        found: The devices that they may be of.
    """
    try:
        space = load_space()
    except CodecMismatch as error:
        yield Health("codecs", "fail", error.message, "Install xlvla-sdk again.")
        return
    paths = [*sorted((data_folder() / "codecs").glob("*/*.safetensors")), *_shipped(found)]
    faults = [fault for path in paths if (fault := _fault(path, found, space))]
    if not faults:
        yield Health("codecs", "ok", f"{len(paths)}, each of its hand and of {space.id}")
    yield from faults


def _shipped(found: Registry) -> list[Path]:
    packages = dict.fromkeys(device.package for device in found.devices.values() if device.package)
    return [
        path
        for package in packages
        for path in sorted(Path(str(files(package))).glob("codecs/*/*.safetensors"))
    ]


def _fault(path: Path, found: Registry, space: LatentSpace) -> Health | None:
    """What is wrong with a codec's file, or None."""
    name = f"codec {path.stem}"
    again = "Remove the file, and onboard the hand again."
    try:
        codec = load_codec(path)
    except CodecMismatch as error:
        return Health(name, "fail", error.message.partition(". ")[0], again)
    mend = f"`xlvla onboard {codec.hand} --again` trains it anew."
    if codec.space.partition("@")[0] == space.name and codec.space != space.id:
        return Health(name, "warn", f"{path}: is of {codec.space}, and there is {space.id}", mend)
    try:
        hand = found.hand(codec.hand)
    except UnknownDevice:
        text = f"{path}: is of {codec.hand}, which is not here"
        return Health(name, "warn", text, f"Install its plugin, or remove {path.name}.")
    if difference := shared_kinematics(hand).difference(codec.kinematics):
        return Health(name, "warn", f"{path}: the hand has changed ({difference})", mend)
    return None
