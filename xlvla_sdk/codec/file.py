"""The codec file: safetensors with a JSON card in its header, checked when read; no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xlvla_sdk.codec.codebook import Codebook
from xlvla_sdk.codec.codec import DELTAS, FINGERS_BESIDE, LatentCodec, Reads
from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.storage import written_beside

FORMAT = 1
_KEY = "xlvla"


def save_codec(codec: LatentCodec, path: Path) -> None:
    """Writes a codec beside `path`, then renames: never half a file."""
    card = {"kind": "codec", "space": codec.space, **codec_card(codec)}
    save_tensors(codec_tensors(codec), card, path)


def load_codec(path: Path) -> LatentCodec:
    """Reads a codec.

    Raises:
        CodecMismatch: When the file is missing, cut off, changed since it was written, of another
            format, or no codec.
    """
    tensors, card = load_tensors(path, "codec")
    try:
        return codec_from_tensors(tensors, card, "")
    except (LookupError, TypeError, ValueError) as error:
        raise CodecMismatch(
            f"{path}: is no whole codec ({error!r}). Onboard the hand again."
        ) from error


def codec_tensors(codec: LatentCodec, prefix: str = "") -> dict[str, np.ndarray]:
    """A codec's weights by name, its geometry encoder's and codebook's entries where it has them."""
    geometry = {} if codec.geometry is None else codec.geometry.tensors(f"{prefix}geometry")
    book = {} if codec.codebook is None else {f"{prefix}codebook": codec.codebook.entries}
    return {
        **codec.encoder.tensors(f"{prefix}encoder"),
        **codec.decoder.tensors(f"{prefix}decoder"),
        **geometry,
        **book,
    }


def codec_card(codec: LatentCodec) -> dict[str, Any]:
    """What its weights do not say, but for the space; joints alone are read without a mention."""
    card = {
        "hand": codec.hand,
        "kinematics": codec.kinematics.to_json(),
        "measures": dict(codec.measures),
    }
    return card if codec.reads == "joints" else {**card, "reads": codec.reads}


def codec_from_tensors(
    tensors: Mapping[str, np.ndarray], card: Mapping[str, Any], prefix: str
) -> LatentCodec:
    """The reverse of `codec_tensors` and `codec_card`; `card` says the space, too."""
    entries = tensors.get(f"{prefix}codebook")
    joined = f"{prefix}geometry.0.weight" in tensors
    codec = LatentCodec(
        card["hand"],
        card["space"],
        HandKinematics.from_json(card["kinematics"]),
        Mlp.from_tensors(tensors, f"{prefix}encoder"),
        Mlp.from_tensors(tensors, f"{prefix}decoder"),
        card["measures"],
        None if entries is None else Codebook(entries),
        _reads(card),
        Mlp.from_tensors(tensors, f"{prefix}geometry") if joined else None,
    )
    joints = len(codec.joints)
    read = joints + (DELTAS if codec.reads == "joints+deltas" else 0)
    if codec.encoder.width_in != read or codec.decoder.width_out != joints:
        raise ValueError(f"networks do not read {read} numbers and answer with {joints} joints")
    if codec.encoder.width_out not in (codec.width, 2 * codec.width):
        raise ValueError("encoder and decoder differ in latent width")
    _check_geometry(codec)
    if codec.codebook is not None and codec.codebook.width != codec.width:
        raise ValueError("the codebook is of another width than the latent")
    return codec


def _check_geometry(codec: LatentCodec) -> None:
    if codec.geometry is None:
        return
    if codec.reads != "joints+deltas" or codec.geometry.width_in != DELTAS + FINGERS_BESIDE:
        raise ValueError("its geometry encoder does not read thumb-to-finger vectors and fingers")
    if codec.geometry.width_out not in (codec.width, 2 * codec.width):
        raise ValueError("the geometry encoder is of another width than the latent")


def _reads(card: Mapping[str, Any]) -> Reads:
    for known in get_args(Reads):
        if card.get("reads", "joints") == known:
            return known
    raise ValueError(f"encoders read {' or '.join(get_args(Reads))}, not '{card['reads']}'")


def save_tensors(tensors: Mapping[str, np.ndarray], card: Mapping[str, Any], path: Path) -> None:
    """Writes arrays and their card, sealed with a hash over both; beside, then renamed.

    The same arrays and card give the same bytes.
    """
    text = json.dumps({"format": FORMAT, **card}, sort_keys=True)
    whole = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = save(whole, metadata={_KEY: text, "sha256": _digest(whole, text)})
    with written_beside(path) as beside:
        beside.write_bytes(_ordered(data))


def load_tensors(path: Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Reads what `save_tensors` wrote.

    Raises:
        CodecMismatch: When the file is missing, damaged, or of another kind or format.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CodecMismatch(f"{path}: there is no such file.") from error
    except (SafetensorError, OSError) as error:
        raise CodecMismatch(
            f"{path}: is cut off or no safetensors file ({error}). Delete it and onboard the hand again."
        ) from error
    text = metadata.get(_KEY)
    if text is None:
        raise CodecMismatch(f"{path}: is a safetensors file, but none of xlvla_sdk's.")
    if metadata.get("sha256") != _digest(tensors, text):
        raise CodecMismatch(
            f"{path}: was changed after it was written: its hash does not fit. "
            "Delete it and onboard the hand again."
        )
    card = json.loads(text)
    if card.get("format") != FORMAT or card.get("kind") != kind:
        raise CodecMismatch(
            f"{path}: is a {card.get('kind')} of format {card.get('format')}; "
            f"wanted is a {kind} of format {FORMAT}."
        )
    return tensors, card


def _ordered(data: bytes) -> bytes:
    """The same file with its header's keys in order: safetensors writes them in any."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # the arrays begin at a multiple of eight
    return len(header).to_bytes(8, "little") + header + data[end:]


def _digest(tensors: Mapping[str, np.ndarray], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
