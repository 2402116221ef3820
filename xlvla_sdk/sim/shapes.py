"""What a link looks like and collides as: boxes, spheres, cylinders, capsules, and hulls of meshes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.hulls import hull
from xlvla_sdk.specs.urdf import Shape, UrdfModel

log = logging.getLogger(__name__)

GREY = (0.72, 0.74, 0.77, 1.0)
"""The colour of a shape whose URDF gives none."""
BONE_RADIUS = 0.004
"""Radius of the line drawn along a link that has no shape but meshes that cannot be read [m]."""
MOST_NAMED = 6
"""Meshes that a log line names."""
_SAME = 1e-5  # [m]; URDFs round lengths to a hundredth of a millimetre


@dataclass(frozen=True)
class Primitive:
    """One solid, placed in its link.

    `size` is full extents for a box, (radius,) for a sphere, and (radius, length) for a cylinder
    or a capsule, whose length is that between the centres of its ends [m]; both lie along z. A hull
    has no size but `corners`, a grid of points as `hulls.hull` gives it [m]; it is drawn only.
    """

    kind: Literal["box", "sphere", "cylinder", "capsule", "hull"]
    T_link_shape: Float[np.ndarray, "4 4"]
    size: tuple[float, ...]
    rgba: tuple[float, ...] = GREY
    corners: Float[np.ndarray, "R A 3"] | None = None


def drawn(model: UrdfModel) -> dict[str, tuple[Primitive, ...]]:
    """What to draw for each link: its visuals, else its collision shapes, else bones.

    Meshes are drawn as their convex hulls. Bones stand for meshes that cannot be read, and for a
    URDF without any shape.
    """
    found = {
        name: _looks(model, link.visuals) or _looks(model, link.collisions)
        for name, link in model.links.items()
    }
    bare = not any(found.values())
    for name, link in model.links.items():
        if not found[name] and (bare or link.visuals or link.collisions):
            found[name] = _bones(model, name)
    return found


def collided(model: UrdfModel, link: str) -> tuple[Primitive, ...]:
    """What a link collides as: its collision shapes that are no meshes."""
    return primitives(model.links[link].collisions)


def primitives(shapes: tuple[Shape, ...]) -> tuple[Primitive, ...]:
    """Shapes without the meshes; a cylinder between two spheres of its radius is one capsule."""
    solids = [shape for shape in shapes if shape.kind != "mesh"]
    spheres = [shape for shape in solids if shape.kind == "sphere"]
    found, rounded = [], []
    for shape in solids:
        ends = _ends(shape, spheres) if shape.kind == "cylinder" else []
        if len(ends) == 2:
            rounded += ends
            found.append(_primitive(shape, "capsule"))
        elif shape.kind != "sphere":
            found.append(_primitive(shape, shape.kind))
    alone = [shape for shape in spheres if not any(shape is end for end in rounded)]
    return (*found, *(_primitive(shape, "sphere") for shape in alone))


def log_skipped_meshes(model: UrdfModel) -> None:
    """A log line that names the meshes a picture is drawn without, and one of those nothing collides with."""
    links = model.links.values()
    every = [shape for link in links for shape in (*link.visuals, *link.collisions)]
    unread = {shape.mesh for shape in every if shape.mesh and _hull(model, shape) is None}
    if unread:
        log.warning(
            "%s: %d meshes are skipped, since they are not there or cannot be read: %s",
            model.name,
            len(unread),
            _listed(unread),
        )
    solid = {shape.mesh for link in links for shape in link.collisions if shape.mesh} - unread
    if solid:
        log.warning(
            "%s: nothing collides with %d meshes, only with boxes, cylinders and spheres: %s",
            model.name,
            len(solid),
            _listed(solid),
        )


def _listed(names: set[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(sorted(names)[:MOST_NAMED]) + more


def _looks(model: UrdfModel, shapes: tuple[Shape, ...]) -> tuple[Primitive, ...]:
    """Shapes, their meshes as hulls; without the meshes that cannot be read."""
    hulls = [found for shape in shapes if shape.mesh and (found := _hull(model, shape))]
    return (*primitives(shapes), *hulls)


def _hull(model: UrdfModel, shape: Shape) -> Primitive | None:
    corners = hull(model.source, shape)
    if corners is None:
        return None
    return Primitive("hull", shape.T_link_shape, (), shape.rgba or GREY, corners)


def _primitive(shape: Shape, kind: str) -> Primitive:
    return Primitive(kind, shape.T_link_shape, shape.size, shape.rgba or GREY)  # pyright: ignore[reportArgumentType]


def _ends(cylinder: Shape, spheres: list[Shape]) -> list[Shape]:
    """One sphere for each end of the cylinder that has one of the cylinder's radius."""
    radius, length = cylinder.size
    centre, along = cylinder.T_link_shape[:3, 3], cylinder.T_link_shape[:3, 2]
    found = []
    for sign in (-0.5, 0.5):
        end = centre + sign * length * along
        found += [
            sphere
            for sphere in spheres
            if abs(sphere.size[0] - radius) < _SAME
            and np.linalg.norm(sphere.T_link_shape[:3, 3] - end) < 10 * _SAME
            and sphere.rgba == cylinder.rgba
        ][:1]
    return found


def _bones(model: UrdfModel, link: str) -> tuple[Primitive, ...]:
    """Thin capsules from a link's origin to the links that hang on it."""
    ends = [joint.T_parent_joint[:3, 3] for joint in model.joints.values() if joint.parent == link]
    return tuple(_bone(end) for end in ends if np.linalg.norm(end) > BONE_RADIUS)


def _bone(end: Float[np.ndarray, "3"]) -> Primitive:
    length = float(np.linalg.norm(end))
    z = end / length
    x = np.cross(z, np.eye(3)[np.abs(z).argmin()])
    x /= np.linalg.norm(x)
    T = np.eye(4)
    T[:3, :3] = np.stack([x, np.cross(z, x), z], axis=1)
    T[:3, 3] = end / 2
    return Primitive("capsule", T, (BONE_RADIUS, length))
