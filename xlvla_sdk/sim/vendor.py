"""A maker's own URDF in MuJoCo, cured of what MuJoCo refuses; every cure is said.

Our robots are built from the URDFs of their plugins, which need no cure. This is for all others:
to look at a maker's description, or to compare with it.
"""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.errors import SpecError, XlvlaError
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.vendor_meshes import readable_mesh
from xlvla_sdk.specs.mesh_files import find_mesh
from xlvla_sdk.specs.urdf import Inertial, UrdfLink, UrdfModel
from xlvla_sdk.specs.urdf_file import load_urdf

log = logging.getLogger(__name__)

SMALL_MASS, SMALL_RADIUS = 0.01, 0.01
"""A solid sphere [kg, m] in place of an inertia that no body can have."""
COMPILER = {
    "fusestatic": "false",  # else fixed links vanish, fingertips among them
    "discardvisual": "false",
    "strippath": "false",
}


@dataclass(frozen=True)
class Cure:
    """One thing that was changed.

    Attributes:
        where: The link or the file.
        fault: What was wrong with it.
        cure: What was done.
    """

    where: str
    fault: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.fault}; {self.cure}"


@dataclass(frozen=True)
class VendorModel:
    """A URDF in MuJoCo, without actuators: a URDF has none.

    Attributes:
        draft: MuJoCo's MjSpec, to add actuators or a scene to.
        model: Its MjModel.
        cures: All that was changed for it, in the file's order.
    """

    draft: Any
    model: Any
    cures: tuple[Cure, ...]


def load_vendor(urdf: Path | str, packages: Mapping[str, Path] | None = None) -> VendorModel:
    """Loads a maker's URDF; a log line says each cure.

    Cured are inertias no body can have, meshes in other formats, meshes that are not there, mesh
    paths, and fixed links that MuJoCo would leave out.

    Args:
        urdf: The file.
        packages: Folder of each package that `package://` names and that is not found about the file.

    Raises:
        SpecError: What no cure here mends: no URDF, or one that MuJoCo refuses still.
        XlvlaError: MuJoCo or trimesh is not installed.
    """
    path = Path(urdf).resolve()
    model = load_urdf(path)
    root = ET.fromstring(path.read_bytes())
    treatment = _Treatment(path, model, packages or {})
    treatment.settings(root)
    for element in root.findall("link"):
        link = model.links[str(element.get("name"))]
        treatment.inertia(element, link)
        treatment.meshes(element, link)
    for cure in treatment.cures:
        log.warning("%s: %s", path.name, cure)
    try:
        draft = load_mujoco().MjSpec.from_string(ET.tostring(root, encoding="unicode"))
        return VendorModel(draft, draft.compile(), tuple(treatment.cures))
    except ValueError as error:
        raise SpecError(
            f"{path}: MuJoCo refuses it still, after {len(treatment.cures)} cures: {error}"
        ) from error


@dataclass
class _Treatment:
    """One URDF, and what has been done to it."""

    path: Path
    model: UrdfModel
    packages: Mapping[str, Path]
    cures: list[Cure] = field(default_factory=list)

    def settings(self, root: ET.Element) -> None:
        """Tells MuJoCo to keep all links and shapes."""
        for old in root.findall("mujoco"):
            root.remove(old)
            self._say("<mujoco>", "has settings of its own", "replaced by ours")
        block = ET.Element("mujoco")
        ET.SubElement(block, "compiler", COMPILER)
        root.insert(0, block)

    def inertia(self, element: ET.Element, link: UrdfLink) -> None:
        """Gives every link that moves an inertia that a body can have, the file's where it can."""
        tag = element.find("inertial")
        joint = self.model.parent_joint.get(link.name)
        moves = joint is not None and joint.moves
        fault, mended = _mended(link.inertial)
        if fault is None or (link.inertial is None and not moves):
            return
        if tag is not None:
            element.remove(tag)
        if mended is None and not moves:
            self._say(link.name, fault, "left out: the link is fixed")
            return
        done = "moments brought to their mean"
        if mended is None:
            mended, done = _stand_in(), f"a sphere of {SMALL_MASS:g} kg stands in"
        element.append(_inertial_tag(mended))
        self._say(link.name, fault, done)

    def meshes(self, element: ET.Element, link: UrdfLink) -> None:
        """Names every mesh by its full path, in a format MuJoCo reads; without a file, without it."""
        for shape in [*element.findall("visual"), *element.findall("collision")]:
            mesh = shape.find("geometry/mesh")
            if mesh is None:
                continue
            name = mesh.get("filename", "")
            found = find_mesh(name, self.path.parent, self.packages)
            if found is None:
                element.remove(shape)
                self._say(link.name, f"mesh '{name}' is not there", f"its {shape.tag} is left out")
                continue
            try:
                readable = readable_mesh(found)
            except XlvlaError as error:
                raise SpecError(f"{self.path}: link '{link.name}': {error.message}") from error
            if readable != found:
                self._say(
                    link.name, f"MuJoCo reads no {found.suffix}", f"made {readable.name} of it"
                )
            mesh.set("filename", str(readable))

    def _say(self, where: str, fault: str, cure: str) -> None:
        self.cures.append(Cure(where, fault, cure))


def _mended(inertial: Inertial | None) -> tuple[str | None, Inertial | None]:
    """What is wrong with an inertia, if anything, and the nearest that a body can have, if any."""
    if inertial is None:
        return "has no inertia", None
    moments, axes = np.linalg.eigh(inertial.inertia)
    if inertial.mass <= 0.0 or moments[0] <= 0.0:
        return f"has mass {inertial.mass:g} kg and moments {np.round(moments, 9)}", None
    if moments[0] + moments[1] >= moments[2]:
        return None, inertial
    even = axes @ np.diag(np.full(3, moments.mean())) @ axes.T
    return (
        "has moments that break the triangle rule",
        Inertial(inertial.mass, inertial.T_link_com, even),
    )


def _stand_in() -> Inertial:
    moment = 0.4 * SMALL_MASS * SMALL_RADIUS**2
    return Inertial(SMALL_MASS, np.eye(4), moment * np.eye(3))


def _inertial_tag(inertial: Inertial) -> ET.Element:
    """An inertia written in the link's own directions."""
    R = inertial.T_link_com[:3, :3]
    inertia = R @ inertial.inertia @ R.T
    tag = ET.Element("inertial")
    xyz = " ".join(repr(float(value)) for value in inertial.T_link_com[:3, 3])
    ET.SubElement(tag, "origin", xyz=xyz, rpy="0 0 0")
    ET.SubElement(tag, "mass", value=repr(float(inertial.mass)))
    pairs = {"ixx": (0, 0), "ixy": (0, 1), "ixz": (0, 2), "iyy": (1, 1), "iyz": (1, 2)}
    values = {key: repr(float(inertia[at])) for key, at in {**pairs, "izz": (2, 2)}.items()}
    ET.SubElement(tag, "inertia", values)
    return tag
