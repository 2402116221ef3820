"""Primitives as flat facets, for drawing without OpenGL."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.shapes import Primitive


def facets(primitive: Primitive, around: int = 20) -> Float[np.ndarray, "N 4 3"]:
    """The surface of a primitive as four-cornered facets [m], in its own frame.

    Corners run counter-clockwise seen from outside; where a ring closes in a point, two of a
    facet's corners coincide.

    Args:
        primitive: Its pose in the link is left out.
        around: Facets around what is round.
    """
    match primitive.kind:
        case "box":
            return _box(np.array(primitive.size) / 2.0)
        case "sphere":
            return _revolved(_rounded(primitive.size[0], 0.0, around), around)
        case "cylinder":
            radius, length = primitive.size
            half = length / 2.0
            outline = np.array([[0.0, -half], [radius, -half], [radius, half], [0.0, half]])
            return _revolved(outline, around)
        case "capsule":
            radius, length = primitive.size
            return _revolved(_rounded(radius, length, around), around)
        case "hull":
            assert primitive.corners is not None
            return _cells(primitive.corners)


def normals(corners: Float[np.ndarray, "N 4 3"]) -> Float[np.ndarray, "N 3"]:
    """Outward unit normals of facets, from their diagonals."""
    crossed = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    return crossed / np.maximum(np.linalg.norm(crossed, axis=1, keepdims=True), 1e-15)


def _rounded(radius: float, length: float, around: int) -> Float[np.ndarray, "M 2"]:
    """Half an outline of a capsule: (distance from the axis, height along it), from below."""
    angles = np.linspace(-np.pi / 2.0, 0.0, around // 4 + 1)
    below = np.stack([radius * np.cos(angles), radius * np.sin(angles) - length / 2.0], axis=1)
    above = below[::-1] * (1.0, -1.0)
    return np.concatenate([below, above if length > 0 else above[1:]])


def _revolved(outline: Float[np.ndarray, "M 2"], around: int) -> Float[np.ndarray, "N 4 3"]:
    turns = np.linspace(0.0, 2.0 * np.pi, around + 1)
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = np.empty((len(outline), around + 1, 3))
    points[..., :2] = outline[:, None, :1] * ring
    points[..., 2] = outline[:, None, 1]
    return _cells(points)


def _cells(points: Float[np.ndarray, "R A 3"]) -> Float[np.ndarray, "N 4 3"]:
    """The cells of a grid of points: rings from below, each closed and counter-clockwise from above."""
    cells = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)
    return cells.reshape(-1, 4, 3)


def _box(half: Float[np.ndarray, "3"]) -> Float[np.ndarray, "6 4 3"]:
    faces = []
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1.0, 1.0):
            turns = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            corners = np.empty((4, 3))
            for corner, (u, v) in zip(corners, turns[:: int(sign)], strict=True):
                corner[[axis, first, second]] = sign, u, v
            faces.append(corners * half)
    return np.stack(faces)
