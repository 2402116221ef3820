"""What a URDF says, in the file's order: links, joints, mimic rules, inertias and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError

MOVING = ("revolute", "continuous", "prismatic")


@dataclass(frozen=True)
class Mimic:
    """A joint that follows another: `multiplier * q + offset` of the joint it names."""

    joint: str
    multiplier: float
    offset: float


@dataclass(frozen=True)
class UrdfJoint:
    """One joint as the file has it; `T_parent_joint` places the child at position zero."""

    name: str
    kind: str
    parent: str
    child: str
    T_parent_joint: Float[np.ndarray, "4 4"]
    axis: Float[np.ndarray, "3"]
    lower: float | None
    upper: float | None
    velocity: float | None
    effort: float | None
    mimic: Mimic | None

    @property
    def moves(self) -> bool:
        return self.kind in MOVING


@dataclass(frozen=True)
class Shape:
    """A primitive or a mesh, placed in its link.

    `size` is full extents for a box, (radius, length) for a cylinder, (radius,) for a sphere [m],
    and empty for a mesh; `scale` is how many metres one unit of the mesh's file is, along each axis.
    """

    kind: str
    T_link_shape: Float[np.ndarray, "4 4"]
    size: tuple[float, ...]
    mesh: str | None = None
    rgba: tuple[float, ...] | None = None
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Inertial:
    """Mass [kg], centre of mass [m] and inertia [kg m^2] of a link, in `T_link_com`'s frame."""

    mass: float
    T_link_com: Float[np.ndarray, "4 4"]
    inertia: Float[np.ndarray, "3 3"]


@dataclass(frozen=True)
class UrdfLink:
    name: str
    inertial: Inertial | None = None
    visuals: tuple[Shape, ...] = ()
    collisions: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class UrdfModel:
    """A whole URDF, in the file's order.

    Attributes:
        name: The robot's name.
        source: Where it was read from, for messages.
        links: By name.
        joints: By name, in the file's order.
        root: The one link that is nobody's child.
    """

    name: str
    source: str
    links: Mapping[str, UrdfLink]
    joints: Mapping[str, UrdfJoint]
    root: str
    parent_joint: Mapping[str, UrdfJoint] = field(repr=False)

    def path(self, base: str, tip: str) -> tuple[UrdfJoint, ...]:
        """The joints from `base` to `tip`, base first.

        Raises:
            SpecError: When a link is unknown, or `tip` does not hang below `base`.
        """
        for link in (base, tip):
            self.require_link(link, "link")
        joints: list[UrdfJoint] = []
        link = tip
        while link != base:
            joint = self.parent_joint.get(link)
            if joint is None:
                raise SpecError(
                    f"{self.source}: link '{tip}' does not hang below '{base}'. "
                    f"Name a wrist link that carries every tip; the root is '{self.root}'."
                )
            joints.append(joint)
            link = joint.parent
        return tuple(reversed(joints))

    def below(self, base: str) -> frozenset[str]:
        """A link and every link that hangs on it."""
        found = [base]
        for link in found:  # it grows meanwhile
            found += [joint.child for joint in self.joints.values() if joint.parent == link]
        return frozenset(found)

    def require_link(self, link: str, role: str) -> None:
        """Raises SpecError, with the nearest names, when there is no such link."""
        if link not in self.links:
            raise SpecError(
                f"{self.source}: {role} '{link}' is not in the URDF. {near(link, self.links)}",
                link=link,
            )

    def missing_meshes(self) -> tuple[str, ...]:
        """Mesh files that shapes name and that are not there, relative to the URDF."""
        folder = Path(self.source).parent
        names = {
            shape.mesh
            for link in self.links.values()
            for shape in (*link.visuals, *link.collisions)
            if shape.mesh
        }
        return tuple(sorted(name for name in names if not (folder / name).is_file()))


def near(name: str, known: Iterable[str]) -> str:
    """A sentence that names what comes nearest to an unknown name."""
    known = list(known)
    words = [word for word in name.lower().replace("-", "_").split("_") if len(word) > 2]
    shared = [k for k in known if any(word in k.lower() for word in words)]
    if shared:
        return f"Near it: {', '.join(repr(k) for k in shared[:6])}."
    return f"There are: {', '.join(repr(k) for k in known[:12])}."
