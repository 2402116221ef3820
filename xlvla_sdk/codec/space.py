"""LatentSpace: the founding hands' codecs, frozen, under one name and one hash; no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.codec import LatentCodec
from xlvla_sdk.codec.file import (
    codec_card,
    codec_from_tensors,
    codec_tensors,
    load_tensors,
    save_tensors,
)
from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.storage import data_folder, written_beside

DEFAULT_SPACE = "anthro4-1"
_GEOMETRY = "geometry"
_PINCHES = "pinches."
_CLOSINGS = "closings."


@dataclass(frozen=True)
class LatentSpace:
    """A frozen latent space.

    Attributes:
        name: What it is called.
        hash: SHA-256 over the founding hands' kinematics and weights.
        hands: The founding hands' codecs, by hand id.
        card: How it was trained and what was measured.
        geometry: Thumb-to-finger vectors of any hand to a code, where the space has it: what a new
            hand's encoder begins as. It reads twelve numbers as encoders do, and four that are 1
            where there is a finger.
        pinches: Of each founding hand some postures in [-1, 1] that pinch, for hands that join.
        closings: Of each founding hand its test set CP, in [-1, 1]: a hand that joins is measured
            with them, and need not wait until they are made again.
    """

    name: str
    hash: str
    hands: Mapping[str, LatentCodec]
    card: Mapping[str, Any]
    geometry: Mlp | None = None
    pinches: Mapping[str, Float[np.ndarray, "rows D"]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    closings: Mapping[str, Float[np.ndarray, "_ _"]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def id(self) -> str:
        """`name@hash8`, what travels and what codecs say."""
        return f"{self.name}@{self.hash[:8]}"

    @property
    def width(self) -> int:
        return next(iter(self.hands.values())).width

    def founding_codec(self, kinematics: HandKinematics) -> LatentCodec | None:
        """The codec of the founding hand with these kinematics, or None."""
        for codec in self.hands.values():
            if kinematics.difference(codec.kinematics) is None:
                return codec
        return None


def space_hash(
    hands: Mapping[str, tuple[HandKinematics, Mapping[str, np.ndarray]]],
    geometry: Mlp | None = None,
) -> str:
    """The hash of a space: every founding hand's kinematics and weights, in order, and the
    geometry encoder's where there is one."""
    digest = hashlib.sha256()
    for hand, (kinematics, tensors) in hands.items():
        digest.update(f"{hand} {kinematics.hash}".encode())
        _update(digest, tensors)
    if geometry is not None:
        _update(digest, geometry.tensors(_GEOMETRY))
    return digest.hexdigest()


def _update(digest: hashlib._Hash, tensors: Mapping[str, np.ndarray]) -> None:
    for name in sorted(tensors):
        digest.update(name.encode() + np.ascontiguousarray(tensors[name]).tobytes())


def save_space(space: LatentSpace, folder: Path) -> None:
    """Writes `<name>.safetensors` and its card `<name>.json` into a folder."""
    tensors = {
        name: array
        for hand, codec in space.hands.items()
        for name, array in codec_tensors(codec, f"{hand}.").items()
    }
    if space.geometry is not None:
        tensors |= space.geometry.tensors(_GEOMETRY)
    for prefix, postures in ((_PINCHES, space.pinches), (_CLOSINGS, space.closings)):
        tensors |= {f"{prefix}{hand}": rows for hand, rows in postures.items()}
    hands = [
        {**codec_card(codec), "hand": hand, "kinematics_sha256": codec.kinematics.hash}
        for hand, codec in space.hands.items()
    ]
    card = {"kind": "space", "name": space.name, "hash": space.hash, "hands": hands, **space.card}
    save_tensors(tensors, card, folder / f"{space.name}.safetensors")
    with written_beside(folder / f"{space.name}.json") as beside:
        beside.write_text(json.dumps(card, indent=2, sort_keys=True) + "\n")


def load_space(name: str = DEFAULT_SPACE) -> LatentSpace:
    """A space by name, by id, or by the path of its safetensors file.

    Shipped spaces come first, then those in the data folder.

    Raises:
        CodecMismatch: When there is none, it is damaged, or its hash is not the one asked for.
    """
    if name.endswith(".safetensors"):
        return read_space(Path(name))
    plain, _, wanted = name.partition("@")
    found = {path.stem: path for path in reversed(space_files())}
    if plain not in found:
        raise CodecMismatch(
            f"no latent space is called '{plain}'. There are: {', '.join(sorted(found)) or 'none'}. "
            "Give one of them, or the path of a space's .safetensors file."
        )
    space = read_space(found[plain])
    if wanted and not space.hash.startswith(wanted):
        raise CodecMismatch(
            f"the space installed as '{plain}' is {space.id}, not {name}: it was trained again since."
        )
    return space


def space_files() -> list[Path]:
    """Every space's file: shipped ones, then the data folder's."""
    shipped = Path(str(files("xlvla_sdk"))) / "spaces"
    return [
        path
        for folder in (shipped, data_folder() / "spaces")
        for path in sorted(folder.glob("*.safetensors"))
    ]


def read_space(path: Path) -> LatentSpace:
    """Reads a space's file; CodecMismatch when it is damaged or its hash does not fit."""
    tensors, card = load_tensors(path, "space")
    try:
        name, hash_ = card["name"], card["hash"]
        hands = {
            entry["hand"]: codec_from_tensors(
                tensors, {**entry, "space": f"{name}@{hash_[:8]}"}, f"{entry['hand']}."
            )
            for entry in card["hands"]
        }
        known = f"{_GEOMETRY}.0.weight" in tensors
        geometry = Mlp.from_tensors(tensors, _GEOMETRY) if known else None
    except (LookupError, TypeError, ValueError) as error:
        raise CodecMismatch(f"{path}: is no whole space ({error!r}). Install it again.") from error
    actual = space_hash({h: (c.kinematics, codec_tensors(c)) for h, c in hands.items()}, geometry)
    if actual != hash_:
        raise CodecMismatch(f"{path}: its weights hash to {actual[:8]}, its card says {hash_[:8]}.")
    rest = {k: v for k, v in card.items() if k not in ("kind", "format", "name", "hash", "hands")}
    pinches, closings = (
        {hand: tensors[f"{prefix}{hand}"] for hand in hands if f"{prefix}{hand}" in tensors}
        for prefix in (_PINCHES, _CLOSINGS)
    )
    return LatentSpace(name, hash_, hands, rest, geometry, pinches, closings)
