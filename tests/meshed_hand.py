"""Meshes in files, and a hand that has nothing but meshes: boxes as STL, with the solids to compare."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np

SIGNS = np.array(list(product((-0.5, 0.5), repeat=3)))
FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def write_stl(path: Path, triangles: np.ndarray) -> Path:
    """A binary STL of (N, 3, 3) corners."""
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    facets = np.zeros(len(triangles), dtype=record)
    facets["corners"] = triangles
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(80) + len(facets).to_bytes(4, "little") + facets.tobytes())
    return path


def box(size: tuple[float, float, float]) -> np.ndarray:
    """The twelve triangles of a box."""
    corners = SIGNS * np.array(size)
    return np.array(
        [corners[list(half)] for a, b, c, d in FACES for half in ((a, b, c), (a, c, d))]
    )


def with_meshes(urdf: Path, unit_m: float = 0.001) -> Path:
    """A URDF of boxes with an STL file for each box, in another unit, beside it."""

    def meshed(found: re.Match[str]) -> str:
        size = tuple(float(number) / unit_m for number in found.group(1).split())
        name = f"meshes/{'_'.join(f'{number:g}' for number in size)}.stl"
        x, y, z = size
        write_stl(urdf.parent / name, box((x, y, z)))
        return f'<mesh filename="{name}" scale="{unit_m} {unit_m} {unit_m}"/>'

    path = urdf.with_name(f"meshed_{urdf.name}")
    path.write_text(re.sub(r'<box size="([^"]*)"/>', meshed, urdf.read_text()))
    return path
