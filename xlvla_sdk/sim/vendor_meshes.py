"""Meshes of a maker's URDF in a format that MuJoCo reads."""

from __future__ import annotations

import hashlib
from pathlib import Path

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.specs.mesh_files import load_mesh
from xlvla_sdk.storage import data_folder, written_beside

READ = (".obj", ".stl")
"""What MuJoCo's URDF reader takes as it is."""


def readable_mesh(path: Path) -> Path:
    """The mesh as MuJoCo reads it: itself, or an OBJ made of it in the data folder, once.

    Raises:
        XlvlaError: trimesh is not installed, or cannot read it.
    """
    if path.suffix.lower() in READ:
        return path
    content = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    made = data_folder() / "meshes" / f"{path.stem}-{content}.obj"
    if not made.is_file():
        text = _as_obj(path)
        with written_beside(made) as beside:
            beside.write_text(text)
    return made


def _as_obj(path: Path) -> str:
    mesh = load_mesh(path)
    try:
        return str(mesh.export(file_type="obj", include_texture=False))
    except Exception as error:  # of a file that is no mesh, whatever it is
        raise XlvlaError(
            f"{path}: trimesh cannot read it ({error}). Export the mesh as OBJ or STL."
        ) from error
