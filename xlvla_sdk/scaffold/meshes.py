"""The extent of a mesh that a URDF names, in metres."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xlvla_sdk.specs.mesh_files import find_mesh, shape_points
from xlvla_sdk.specs.urdf import Shape

LARGEST = 1.0
"""No link of a hand is longer [m]."""


def mesh_corners(urdf: str, shape: Shape) -> np.ndarray | None:
    """Vertices of a mesh in its own frame [m], (N, 3); None when there is no file to read.

    A mesh that would be larger than a metre is in millimetres: its maker forgot the scale.

    Args:
        urdf: Where the URDF is.
        shape: The shape that names the file.
    """
    path = find_mesh(shape.mesh or "", Path(urdf).parent)
    points = None if path is None else shape_points(path, shape)
    if points is None:
        return None
    return points * (0.001 if np.ptp(points, axis=0).max() > LARGEST else 1.0)
