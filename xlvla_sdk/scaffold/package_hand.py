"""PackagedHand: one side's hand as a package ships it, its URDF with every edit noted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold.cutting import only_below
from xlvla_sdk.scaffold.draft import HandDraft
from xlvla_sdk.specs import HandSpec, Side, load_urdf
from xlvla_sdk.specs.mesh_files import find_mesh


@dataclass(frozen=True)
class Finding:
    """What was found about a hand, how sure it is (0 to 1), and what speaks for it."""

    what: str
    found: str
    certainty: float
    reason: str


@dataclass(frozen=True)
class PackagedHand:
    """One side of a hand, ready to be written.

    Attributes:
        spec: What is known of it.
        origin: The maker's URDF.
        sha256: Of that file.
        text: The URDF to ship.
        meshes: Path in the package's `urdf/` to the maker's file.
        edits: What differs from the maker's file, a sentence each.
        missing: Meshes that the URDF names and that are not there.
        findings: What the spec was made of.
        velocity_from: Where the velocity limits are from, in words.
    """

    spec: HandSpec
    origin: Path
    sha256: str
    text: str
    meshes: Mapping[str, Path]
    edits: tuple[str, ...]
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]
    velocity_from: str

    @property
    def side(self) -> Side:
        return self.spec.side


def packaged(
    draft: HandDraft, name: str, velocity: float | None = None, license_name: str = "not stated"
) -> PackagedHand:
    """A hand as a package ships it.

    Args:
        draft: What was found in its URDF.
        name: What to call it: `acme_h6`.
        velocity: Limit of every joint [rad/s, m/s], from the data sheet; the URDF's own where it
            is left out.
        license_name: Of the URDF, as an SPDX name.

    Raises:
        SpecError: When questions are open, or nobody knows the velocity limits.
    """
    draft.check_answered()
    limits = velocity if velocity is not None else draft.velocity
    if limits is None:
        raise SpecError(
            f"{draft.urdf}: does not state a velocity limit for every joint, and a guess could break "
            "the hand. Give --velocity RAD/S, from its data sheet."
        )
    raw = draft.urdf.read_bytes()
    cut = only_below(draft.urdf_text, load_urdf(draft.urdf), draft.wrist_link)
    text, meshes, edits, missing = _with_meshes(cut, draft.urdf.parent)
    spec = draft.spec(name, f"{draft.urdf.name} of the maker", license_name, limits)
    return PackagedHand(
        spec=spec,
        origin=draft.urdf,
        sha256=hashlib.sha256(raw).hexdigest(),
        text=text,
        meshes=meshes,
        edits=(*_added(draft), *_left_out(draft, cut), *edits),
        missing=missing,
        findings=findings(draft),
        velocity_from="--velocity" if velocity is not None else f"<limit> of {draft.urdf.name}",
    )


def _added(draft: HandDraft) -> list[str]:
    """The links that stand for tips, a sentence each."""
    links = dict(draft.tip_links)
    return [
        f"Link `{links[name]}` added, fixed to `{finger.tip_link}` at "
        f"({' '.join(f'{number:.4g}' for number in finger.tip_xyz)}) m: {finger.tip_reason}."
        for name, finger in draft.fingers.items()
        if links[name] in draft.added_links
    ]


def _left_out(draft: HandDraft, cut: str) -> list[str]:
    """That only the hand was kept of a robot, where it was."""
    if cut == draft.urdf_text:
        return []
    return [f"Only what hangs on `{draft.wrist_link}` is kept, which is the root now."]


def findings(draft: HandDraft) -> tuple[Finding, ...]:
    """What a draft found, in the order in which people look at it."""
    hand = draft.beliefs.get("hand")
    side, palm = draft.beliefs.get("side"), draft.beliefs.get("palm")
    found = [
        Finding(what, said, belief.certainty, belief.reason)
        for what, said, belief in (
            ("wrist link", draft.wrist_link, hand),
            ("side", str(draft.side), side),
            ("palm frame", " ".join(f"{angle:.4f}" for angle in draft.palm_rpy) + " rad", palm),
        )
        if belief is not None
    ]
    for name, finger in draft.fingers.items():
        tip = draft.tip_links[name]
        found.append(Finding(name, " ".join(finger.joints), finger.certainty, finger.reason))
        found.append(Finding(f"{name}'s tip", tip, finger.tip_certainty, finger.tip_reason))
    return tuple(found)


def _with_meshes(
    text: str, folder: Path
) -> tuple[str, dict[str, Path], tuple[str, ...], tuple[str, ...]]:
    """The URDF with meshes beside it, the files to copy, the edits, and what is missing."""
    edits: list[str] = []
    files: dict[str, Path] = {}
    missing: list[str] = []
    for name in _mesh_names(text):
        source = find_mesh(name, folder)
        if source is None:
            missing.append(name)
            continue
        place = _place(name, files)
        files[place] = source
        if place != name:
            text = re.sub(rf"""(["']){re.escape(name)}\1""", rf"\g<1>{place}\g<1>", text)
            edits.append(f"Mesh `{name}` is called `{place}`.")
    return text, files, tuple(edits), tuple(missing)


def _mesh_names(text: str) -> Sequence[str]:
    """What <mesh filename=...> name, each once, in the file's order."""
    meshes = ElementTree.fromstring(text).iter("mesh")
    return list(dict.fromkeys(mesh.get("filename", "") for mesh in meshes))


def _place(name: str, taken: Mapping[str, Path]) -> str:
    """Where a mesh lies in the package: where the URDF says, if that is below it."""
    path = Path(name)
    if not path.is_absolute() and ".." not in path.parts and "://" not in name:
        return name
    place = f"meshes/{path.name}"
    return place if place not in taken else f"meshes/{len(taken)}_{path.name}"
