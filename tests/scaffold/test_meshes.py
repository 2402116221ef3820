"""Mesh files say how far a link reaches, in metres, wherever URDFs look for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xlvla_sdk.scaffold.meshes import mesh_corners
from xlvla_sdk.specs.urdf import Shape

CORNERS = np.array([[0.0, 0.0, 0.0], [0.01, 0.0, 0.0], [0.0, 0.0, 0.05]])


def shape(name: str) -> Shape:
    return Shape("mesh", np.eye(4), (), name)


def binary(scale: float = 1.0) -> bytes:
    facet = np.zeros(12, dtype="<f4")
    facet[3:] = scale * CORNERS.ravel()
    return bytes(80) + (1).to_bytes(4, "little") + facet.tobytes() + bytes(2)


def text() -> str:
    lines = [f"vertex {x} {y} {z}" for x, y, z in CORNERS]
    return "\n".join(
        ["solid a", "facet normal 0 0 1", "outer loop", *lines, "endloop", "endfacet", "endsolid"]
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.stl", binary()),
        ("a.STL", text().encode()),
        ("mm.stl", binary(scale=1000.0)),
        ("a.obj", "\n".join(f"v {x} {y} {z}" for x, y, z in CORNERS).encode()),
    ],
)
def test_corners_are_read_in_metres(tmp_path: Path, name: str, data: bytes):
    (tmp_path / name).write_bytes(data)
    found = mesh_corners(str(tmp_path / "hand.urdf"), shape(name))
    assert found is not None
    np.testing.assert_allclose(found, CORNERS, atol=1e-8)


def test_a_packages_mesh_is_found_above_the_urdf(tmp_path: Path):
    (tmp_path / "meshes").mkdir()
    (tmp_path / "urdf").mkdir()
    (tmp_path / "meshes" / "a.stl").write_bytes(binary())
    urdf = str(tmp_path / "urdf" / "hand.urdf")
    assert mesh_corners(urdf, shape("package://acme/meshes/a.stl")) is not None


@pytest.mark.parametrize("name", ["none.stl", "a.dae", ""])
def test_what_cannot_be_read_is_no_shape(tmp_path: Path, name: str):
    (tmp_path / "a.dae").write_text("<COLLADA/>")
    assert mesh_corners(str(tmp_path / "hand.urdf"), shape(name)) is None


def test_a_damaged_mesh_is_no_shape(tmp_path: Path):
    (tmp_path / "a.stl").write_text("vertex one two three")
    assert mesh_corners(str(tmp_path / "hand.urdf"), shape("a.stl")) is None
