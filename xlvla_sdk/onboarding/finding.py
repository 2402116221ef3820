"""find_codec: the codec of a hand, from wherever it is, or trained then and there."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

from xlvla_sdk.codec import LatentCodec, LatentSpace, load_codec, load_space
from xlvla_sdk.codec.store import codec_name, user_codec
from xlvla_sdk.errors import CodecMismatch, UnknownDevice
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec, Side

log = logging.getLogger(__name__)


def find_codec(
    spec: HandSpec,
    space: LatentSpace | None = None,
    *,
    package: str | None = None,
    progress: bool | None = None,
) -> LatentCodec:
    """The codec of a hand; trained, checked and saved when there is none yet.

    Looked at in this order: the space's founding hands, by kinematics; the plugin's package; the
    user's data folder, where the codec of the other side does too if the two are exact mirror
    images. A codec whose hand has changed since is never used.

    Args:
        spec: The hand.
        space: The latent space; the shipped one when left out.
        package: The plugin's package with its folder `codecs/`; asked of the registry when left
            out.
        progress: Whether training shows a bar on stderr; on a terminal when left out.

    Raises:
        CodecMismatch: When there is none and `XLVLA_TRAIN=0` forbids training.
        SpecError: When the hand cannot be trained as it is described.
        XlvlaError: When what was trained is poor; `xlvla onboard --accept` keeps it all the same.
    """
    space = space or load_space()
    if found := locate_codec(spec, space, package=package):
        return found[0]
    if os.environ.get("XLVLA_TRAIN") == "0":
        raise CodecMismatch(
            f"{spec.id} has no codec in {space.id}, and XLVLA_TRAIN=0 forbids training one here. "
            f"Run `xlvla onboard {spec.id}` first.",
            hand=spec.id,
        )
    from xlvla_sdk.onboarding.onboard import onboard

    log.info("%s has no codec in %s yet: training one now", spec.id, space.id)
    return onboard(spec, space, progress=progress).codec


def locate_codec(
    spec: HandSpec, space: LatentSpace, *, package: str | None = None
) -> tuple[LatentCodec, str] | None:
    """The codec of a hand and where it is from, or None; never trains.

    The second is `founding`, `shipped`, or the day the user's file was written.

    Raises:
        CodecMismatch: When a file that should hold it is damaged.
    """
    kinematics = shared_kinematics(spec)
    if codec := space.founding_codec(kinematics):
        return codec, "founding"
    if (path := _shipped(spec, space, package)) and (codec := _fitting(path, kinematics, space)):
        return codec, "shipped"
    return kept_codec(spec, space)


def kept_codec(spec: HandSpec, space: LatentSpace) -> tuple[LatentCodec, str] | None:
    """The codec of a hand in the user's data folder and its day, or its other side's; or None.

    Raises:
        CodecMismatch: When the file that should hold it is damaged.
    """
    kinematics, path = shared_kinematics(spec), user_codec(space.id, spec.id)
    if path.is_file() and (codec := _fitting(path, kinematics, space)):
        return codec, _day(path)
    return _twin(spec, kinematics, space)


def _twin(
    spec: HandSpec, kinematics: HandKinematics, space: LatentSpace
) -> tuple[LatentCodec, str] | None:
    """The codec this user has of the hand's other side, where that is its exact mirror image."""
    other = Side.LEFT if spec.side is Side.RIGHT else Side.RIGHT
    path = user_codec(space.id, f"{spec.name}:{other}")
    if not path.is_file():
        return None
    codec = load_codec(path)
    if codec.space != space.id or kinematics.difference(codec.kinematics):
        return None
    return replace(codec, hand=spec.id), _day(path)


def _day(path: Path) -> str:
    """The day a file was written."""
    return date.fromtimestamp(path.stat().st_mtime).isoformat()


def _shipped(spec: HandSpec, space: LatentSpace, package: str | None) -> Path | None:
    """The plugin's codec file for this hand and space, if it ships one."""
    if package is None:
        try:
            package = registry().device(spec.id).package
        except UnknownDevice:
            return None
    if package is None:
        return None
    path = Path(str(files(package))) / "codecs" / space.name / codec_name(spec.id)
    return path if path.is_file() else None


def _fitting(path: Path, kinematics: HandKinematics, space: LatentSpace) -> LatentCodec | None:
    """The codec in a file, unless it is another hand's or space's, which is said in the log."""
    codec = load_codec(path)
    if codec.space != space.id:
        log.warning("%s is of space %s, not %s: not used", path.name, codec.space, space.id)
        return None
    if difference := kinematics.difference(codec.kinematics):
        log.warning("%s was trained for another hand (%s): not used", path.name, difference)
        return None
    return codec
