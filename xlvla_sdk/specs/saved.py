"""Hands kept in the data folder: a URDF and what was said about it, without a plugin."""

from __future__ import annotations

import hashlib
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.hand import HandSpec
from xlvla_sdk.storage import data_folder, written_beside

FORMAT = 1
CARD = "hand.json"
_FIELDS = ("name", "side", "wrist_link", "joints", "tip_links", "palm_xyz", "palm_rpy", "velocity")
_FIELDS += ("postures", "source", "license")


def hands_folder() -> Path:
    """Where this user's hands without a plugin lie; each in a folder of its own."""
    return data_folder() / "hands"


def hand_folder(spec: HandSpec) -> Path:
    """The folder a hand is kept in: `<data>/hands/<name>-<side>`."""
    return hands_folder() / f"{spec.name}-{spec.side}"


def save_hand(spec: HandSpec, folder: Path | None = None) -> Path:
    """Keeps a hand: its URDF, then its card, which makes the new state the valid one.

    Shapes that are meshes are left out of the copy, since their files stay where they are.

    Args:
        spec: The hand.
        folder: Where; the data folder's place for this hand when left out.

    Returns:
        The folder.
    """
    folder = hand_folder(spec) if folder is None else folder
    text = _without_meshes(spec.urdf)
    digest = hashlib.sha256(text).hexdigest()
    urdf = folder / f"{spec.name}_{spec.side}-{digest[:8]}.urdf"
    with written_beside(urdf) as beside:
        beside.write_bytes(text)
    fields = spec.model_dump(mode="json", include={*_FIELDS, "mounts"})
    card = {"format": FORMAT, "urdf": urdf.name, "urdf_sha256": digest, **fields}
    with written_beside(folder / CARD) as beside:
        beside.write_text(json.dumps(card, indent=2) + "\n")
    for old in folder.glob("*.urdf"):
        if old != urdf:
            old.unlink()
    return folder


def load_hand(folder: Path) -> HandSpec:
    """Reads a hand that `save_hand` kept.

    Raises:
        SpecError: When the card or the URDF is missing, damaged or changed, or says what a
            HandSpec refuses.
    """
    card = _card(folder / CARD)
    urdf = folder / str(card["urdf"])
    try:
        digest = hashlib.sha256(urdf.read_bytes()).hexdigest()
    except OSError as error:
        raise SpecError(f"{urdf}: cannot be read ({error.strerror}). {_again(folder)}") from error
    if digest != card["urdf_sha256"]:
        raise SpecError(f"{urdf}: was changed after the hand was kept. {_again(folder)}")
    mounts = card.get("mounts", {})  # cards written before hands had mounts do not say it
    return HandSpec(urdf=urdf, mounts=mounts, **{name: card[name] for name in _FIELDS})


def _card(path: Path) -> Mapping[str, Any]:
    try:
        card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: cannot be read ({error}). {_again(path.parent)}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise SpecError(f"{path}: is no card of format {FORMAT}. {_again(path.parent)}")
    if missing := [name for name in ("urdf", "urdf_sha256", *_FIELDS) if name not in card]:
        raise SpecError(f"{path}: has no '{missing[0]}'. {_again(path.parent)}")
    return card


def _again(folder: Path) -> str:
    return f"Keep the hand again with `xlvla onboard --urdf`, or delete {folder}."


def _without_meshes(urdf: Path | Traversable) -> bytes:
    root = ET.fromstring(urdf.read_bytes())
    for link in root.findall("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            if shape.find("geometry/mesh") is not None:
                link.remove(shape)
    return ET.tostring(root)
