"""The convex hull of a mesh as a grid of its own points: enough to see what a link looks like."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from xlvla_sdk.specs.mesh_files import find_mesh, shape_points
from xlvla_sdk.specs.urdf import Shape

RINGS, AROUND = 13, 20
"""Directions in which the hull is looked for: from one pole to the other, and about the axis."""
FLAT = 1e-3
"""Points within this part of their extent of one plane are no solid."""


def hull(source: str, shape: Shape) -> Float[np.ndarray, "R A 3"] | None:
    """Points of a mesh's hull in the shape's frame [m]: rings from pole to pole, each closed.

    Neighbours on the grid are neighbours on the hull, counter-clockwise seen from outside, so that
    cells of the grid are its facets. What lies between the directions is cut off, by a few percent.

    Args:
        source: Where the URDF is.
        shape: A mesh.

    Returns:
        None where no file is there, or it is none that can be read, or has no volume.
    """
    path = find_mesh(shape.mesh or "", Path(source).parent)
    if path is None:
        return None
    return _hull(path, path.stat().st_mtime_ns, shape.mesh or "", shape.scale)


@lru_cache(maxsize=256)
def _hull(
    path: Path,
    written_ns: int,  # noqa: ARG001  (a file that was written again is read again)
    name: str,
    scale: tuple[float, float, float],
) -> Float[np.ndarray, "R A 3"] | None:
    points = shape_points(path, Shape("mesh", np.eye(4), (), name, None, scale))
    if points is None or len(points) < 4:
        return None
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False)
    if spread[-1] < FLAT * spread[0]:
        return None
    axes[2] *= np.sign(np.linalg.det(axes))
    round_points = (
        (points - middle) @ axes.T / spread
    )  # as a ball, whatever it was: hulls stay hulls
    return points[np.argmax(round_points @ _directions().T, axis=0)].reshape(RINGS, AROUND + 1, 3)


def _directions() -> Float[np.ndarray, "K 3"]:
    """Unit vectors on rings about z, from -z to z."""
    up = np.linspace(-np.pi / 2.0, np.pi / 2.0, RINGS)[:, None]
    turn = np.linspace(0.0, 2.0 * np.pi, AROUND + 1)[None, :]
    turn = turn % (2.0 * np.pi)  # the last is the first, to the bit
    x, y = np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn)
    return np.stack([x, y, np.sin(up) + 0.0 * turn], axis=-1).reshape(-1, 3)
