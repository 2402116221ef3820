"""Where a finger ends: at a link named for it, else at the far end of its last body's geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from xlvla_sdk.scaffold.bodies import Body
from xlvla_sdk.scaffold.meshes import mesh_corners
from xlvla_sdk.scaffold.words import says_tip
from xlvla_sdk.specs.urdf import Shape, UrdfModel

SHORTEST = 0.004
"""A frame nearer than this [m] to the last joint is not a tip."""
OUTERMOST = 0.65
"""A link without a shape counts as the tip when it is this far out on what shape there is."""
MASS_TO_END = 1.8
"""A phalanx ends about this many times as far from its joint as its centre of mass."""


@dataclass(frozen=True)
class End:
    """A fingertip.

    Attributes:
        link: The link that carries it.
        xyz: Its place there [m].
        place: Its place in the last body [m], (3,).
        certainty: 0 to 1.
        reason: Where it was taken from.
    """

    link: str
    xyz: tuple[float, float, float]
    place: np.ndarray
    certainty: float
    reason: str


def find_end(model: UrdfModel, body: Body, before: float) -> End:
    """The tip of a finger.

    Args:
        model: The URDF.
        body: The finger's last body.
        before: Length of the phalanx before [m], for a body that says nothing of its own.
    """
    frames = {link: T[:3, 3] for link, T in body.frames.items() if link != body.link}
    outside = {link: p for link, p in frames.items() if np.linalg.norm(p) > SHORTEST}
    named = {link: p for link, p in outside.items() if says_tip(link)}
    if named:
        link = _furthest(named)
        return _at_link(link, named[link], 0.97, f"link '{link}' is named so")
    corners = _corners(model, body)
    bare = {
        link: p
        for link, p in outside.items()
        if not model.links[link].visuals and not model.links[link].collisions
    }
    if len(corners):
        return _by_shape(body, corners, bare)
    if outside:
        link = _furthest(outside)
        return _at_link(link, outside[link], 0.75, f"link '{link}' is the outermost")
    return _by_mass(model, body, before)


def _by_shape(body: Body, corners: np.ndarray, bare: dict[str, np.ndarray]) -> End:
    """The shape's far end, or the bare link that marks it."""
    along = corners.mean(axis=0)
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    reach = float((corners @ along).max())
    if bare:
        link = max(bare, key=lambda name: float(bare[name] @ along))
        if float(bare[link] @ along) > OUTERMOST * reach:
            return _at_link(link, bare[link], 0.9, f"link '{link}' marks the outer end of the last")
    x, y, z = (along * reach).tolist()
    return End(body.link, (x, y, z), along * reach, 0.85, f"the far end of '{body.link}'s shape")


def _by_mass(model: UrdfModel, body: Body, before: float) -> End:
    """What a body without a readable shape says: where its mass is, else nothing."""
    inertial = model.links[body.link].inertial
    if inertial is not None and np.linalg.norm(inertial.T_link_com[:3, 3]) > 0.5 * SHORTEST:
        place = MASS_TO_END * inertial.T_link_com[:3, 3]
        x, y, z = place.tolist()
        why = f"'{body.link}' has no shape that can be read; its mass reaches about this far"
        return End(body.link, (x, y, z), place, 0.5, why)
    return End(
        body.link,
        (0.0, 0.0, 0.0),
        np.zeros(3),
        0.1,
        f"'{body.link}' says nothing of its shape: its joint is taken ({before:.3f} m long before)",
    )


def _furthest(frames: dict[str, np.ndarray]) -> str:
    return max(frames, key=lambda link: float(np.linalg.norm(frames[link])))


def _at_link(link: str, place: np.ndarray, certainty: float, reason: str) -> End:
    return End(link, (0.0, 0.0, 0.0), place, certainty, reason)


def _corners(model: UrdfModel, body: Body) -> np.ndarray:
    """Points on the hull of a body's shapes, in the body [m], (N, 3); visuals before collisions."""
    for kind in ("visuals", "collisions"):
        found = [
            points @ T[:3, :3].T + T[:3, 3]
            for link, T in body.frames.items()
            for points in _shape_points(model, getattr(model.links[link], kind))
        ]
        if found:
            return np.concatenate(found)
    return np.zeros((0, 3))


def _shape_points(model: UrdfModel, shapes: Sequence[Shape]) -> list[np.ndarray]:
    found = []
    for shape in shapes:
        points = mesh_corners(model.source, shape) if shape.kind == "mesh" else _hull(shape)
        if points is not None:
            T = shape.T_link_shape
            found.append(points @ T[:3, :3].T + T[:3, 3])
    return found


def _hull(shape: Shape) -> np.ndarray:
    """Corners of a box, or six points of a round shape."""
    if shape.kind == "box":
        return np.array(list(product((-0.5, 0.5), repeat=3))) * shape.size
    radius = shape.size[0]
    half = shape.size[1] / 2 if shape.kind == "cylinder" else radius
    reach = np.diag([radius, radius, half])
    return np.concatenate([reach, -reach])
