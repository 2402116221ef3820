"""export: puts the codecs of a device into its package, so that its users need no training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from xlvla_sdk.codec import LatentSpace, load_space, save_codec
from xlvla_sdk.codec.store import codec_name
from xlvla_sdk.errors import PluginError, UnknownDevice
from xlvla_sdk.onboarding.finding import find_codec, kept_codec, locate_codec
from xlvla_sdk.registry import Device, registry
from xlvla_sdk.specs import HandSpec

INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages, which nobody edits."""


@dataclass(frozen=True)
class Exported:
    """What became of one hand.

    Attributes:
        hand: Its id.
        path: Where its codec lies in the package; None where it needs none.
        said: In words.
    """

    hand: str
    path: Path | None
    said: str


def export(
    name: str,
    package: Path | None = None,
    space: LatentSpace | None = None,
    *,
    progress: bool | None = None,
) -> tuple[Exported, ...]:
    """Puts the codec of each side of a hand into its plugin's package; trains those it has not.

    A founding hand needs none. A file that is there already is written over.

    Args:
        name: A device's name, for both sides, or an id.
        package: The package's folder, with its `__init__.py`; where it is installed from when left
            out.
        space: The latent space; the shipped one when left out.
        progress: Whether training shows a bar on stderr; on a terminal when left out.

    Raises:
        UnknownDevice: When there is no such hand.
        PluginError: When the package is not one that can be edited.
        CodecMismatch: When a codec is wanted and `XLVLA_TRAIN=0` forbids training it.
        XlvlaError: When what was trained is poor.
    """
    space = space or load_space()
    found = _hands(name)
    folders = [_folder(device, package) for device in found]
    return tuple(
        _exported(device, folder, space, progress)
        for device, folder in zip(found, folders, strict=True)
    )


def _hands(name: str) -> Sequence[Device]:
    devices = [
        device
        for device in registry().devices.values()
        if name in (device.spec.id, device.spec.name) and isinstance(device.spec, HandSpec)
    ]
    if not devices:
        registry().hand(name if ":" in name else f"{name}:right")  # says what is near
        raise UnknownDevice(f"no hand is called '{name}'.")
    return devices


def _folder(device: Device, given: Path | None) -> Path:
    """The package's folder, where it may be written to."""
    if given is not None:
        if not (given / "__init__.py").is_file():
            raise PluginError(
                f"{given}: is no package, it has no __init__.py. Name the folder of "
                f"{device.package or 'the package'} itself."
            )
        return given
    if device.package is None:
        raise PluginError(
            f"{device.spec.id} has no plugin, and so no package to put a codec into. `xlvla new` "
            "writes one."
        )
    folder = Path(str(files(device.package)))
    if set(folder.parts) & set(INSTALLED):
        raise PluginError(
            f"{device.package} is installed as a copy, and what is put there ships with nothing. "
            "Install its source with `pip install -e`, or name its folder with --package."
        )
    return folder


def _exported(device: Device, folder: Path, space: LatentSpace, progress: bool | None) -> Exported:
    spec = device.spec
    assert isinstance(spec, HandSpec)
    path = folder / "codecs" / space.name / codec_name(spec.id)
    known = locate_codec(spec, space, package=device.package)
    if known and known[1] == "founding":
        return Exported(spec.id, None, f"a founding hand of {space.id}: its codec ships with that")
    kept = kept_codec(spec, space)  # what was trained here goes before what shipped once
    if kept is None and known is not None and path.is_file():
        return Exported(spec.id, path, f"is there already, of {space.id}")
    codec = (kept or known or (find_codec(spec, space, progress=progress),))[0]
    save_codec(replace(codec, hand=spec.id), path)
    how = f"of {kept[1]}" if kept else "shipped" if known else "trained now"
    return Exported(spec.id, path, f"{how}, for {space.id}")
