"""Mesh files that a URDF names: where they are, and the points they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.specs.urdf import Shape

PACKAGE = "package://"
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEAD = 84  # bytes before the first facet of a binary STL


def find_mesh(
    name: str, folder: Path, packages: Mapping[str, Path] = MappingProxyType({})
) -> Path | None:
    """The file a URDF means; None where there is none.

    A relative name is looked for beside the URDF; `package://NAME/...` in the folder given for
    the package, else in a folder of that name among those the URDF lies in, or beside one of them,
    else in the nearest of the URDF's own folders, for a package whose folder has another name.

    Args:
        name: As the URDF has it.
        folder: Where the URDF lies.
        packages: Package name to its folder.
    """
    if not name.startswith(PACKAGE):
        path = folder / name.removeprefix("file://")
        return path.resolve() if path.is_file() else None
    package, _, inside = name.removeprefix(PACKAGE).partition("/")
    above = [folder, *folder.parents]
    roots = [parent for parent in above if parent.name == package]
    roots += [parent / package for parent in above]
    roots += above[:4]
    if package in packages:
        roots = [packages[package]]
    return next(((root / inside).resolve() for root in roots if (root / inside).is_file()), None)


def shape_points(path: Path, shape: Shape) -> Float[np.ndarray, "N 3"] | None:
    """Points of a mesh in its shape's frame [m], scaled as the URDF says; None if it cannot be read.

    Args:
        path: Its file.
        shape: What names it.
    """
    points = mesh_points(path)
    return None if points is None else points * np.array(shape.scale)


def mesh_points(path: Path) -> Float[np.ndarray, "N 3"] | None:
    """The vertices of a mesh file, in its own unit; None for one that is damaged or of another format.

    STL and OBJ are read by numpy alone; other formats by trimesh, where the extra `sim` is installed.

    Args:
        path: The file.
    """
    try:
        match path.suffix.lower():
            case ".stl":
                points = _stl(path.read_bytes())
            case ".obj":
                points = _obj(path.read_text(errors="replace"))
            case _:
                points = np.asarray(load_mesh(path).vertices, dtype=float)
    except XlvlaError:
        return None
    return points if len(points) and bool(np.isfinite(points).all()) else None


def load_mesh(path: Path) -> Any:
    """A mesh of any format that trimesh knows, as its one Trimesh.

    Raises:
        XlvlaError: trimesh is not installed, or cannot read it.
    """
    trimesh = _load_trimesh()
    try:
        return trimesh.load(path, force="mesh")
    except Exception as error:  # each format's reader has its own
        raise XlvlaError(
            f"{path}: trimesh cannot read it ({error}). Export the mesh as OBJ or STL."
        ) from error


def _load_trimesh() -> Any:
    try:
        return import_module("trimesh")
    except ImportError as error:
        raise XlvlaError(
            f"meshes of this format need trimesh, which does not load here ({error}). "
            "Install it with `pip install 'xlvla-sdk[sim]'`."
        ) from error


def _stl(data: bytes) -> np.ndarray:
    count = int.from_bytes(data[80:_HEAD], "little") if len(data) >= _HEAD else 0
    if len(data) == _HEAD + count * _FACET.itemsize:
        facets = np.frombuffer(data, dtype=_FACET, offset=_HEAD)
        return facets["corners"].reshape(-1, 3).astype(float)
    lines = (line.split() for line in data.decode(errors="replace").splitlines())
    return _numbers([line[1:4] for line in lines if line[:1] == ["vertex"]])


def _obj(text: str) -> np.ndarray:
    lines = (line.split() for line in text.splitlines())
    return _numbers([line[1:4] for line in lines if line[:1] == ["v"]])


def _numbers(rows: list[list[str]]) -> np.ndarray:
    try:
        return np.array(rows, dtype=float).reshape(-1, 3)
    except ValueError:
        return np.zeros((0, 3))
