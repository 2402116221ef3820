"""The tree's table of imports holds: rooms import what stands above them, and the walls stand."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "xlvla_sdk"

# What a room names on its line; it may import these, what they name in turn, and the ground.
ROOMS: dict[str, tuple[str, ...]] = {
    "specs": ("messages",),
    "drivers": ("specs", "messages"),
    "hookspecs": ("specs", "drivers"),
    "plugin": ("hookspecs",),
    "registry": ("plugin",),
    "kinematics": ("specs",),
    "codec": ("specs", "messages", "kinematics"),
    "layouts": ("codec", "kinematics"),
    "latent": ("kinematics", "codec"),
    "checks": ("specs", "drivers", "kinematics", "codec", "plugin"),
    "onboarding": ("latent", "codec", "kinematics", "registry", "checks"),
    "testing": ("checks", "drivers", "specs", "onboarding"),
    "doctor": ("registry", "onboarding", "sim", "latent", "checks", "drivers"),
    "sim": ("specs", "drivers", "kinematics", "messages"),
    "policy": ("layouts", "drivers", "registry"),
    "data": ("layouts", "registry", "messages"),
    "learning": ("data", "layouts", "policy", "latent"),
    "integrations": ("data", "layouts", "messages", "policy"),
    "recording": ("data", "policy"),
    "evaluation": ("sim", "policy", "registry", "layouts"),
    "demonstrating": ("sim", "policy", "registry", "layouts", "kinematics", "evaluation"),
    "reporting": ("onboarding", "sim", "codec", "kinematics", "registry", "latent"),
    "scaffold": ("specs", "kinematics"),
    "synthesis": ("demonstrating", "evaluation", "sim", "data", "layouts", "registry"),
    "demo": ("sim", "policy", "onboarding", "registry"),
    "messages": (),
}
GROUND = {"errors", "leaving", "storage", "__init__"}
"""Errors, signals, the data folder, and the package's lazy front: they import no room."""
EVERYTHING = {"cli", "__main__"}

# A library with a wall around it, and who alone may import it.
ALONE = {
    "av": ("data/reencoding.py", "drivers/pictures.py", "sim/film.py"),
    "h5py": ("data/arrays.py",),
    "pyarrow": ("data/arrow.py",),
    "torch": (
        "kinematics/model.py",
        "kinematics/stack.py",
        "kinematics/reference.py",
        "latent/",
        "learning/",
    ),
    "pytorch_kinematics": ("kinematics/reference.py",),
    "openpi": ("integrations/openpi.py",),
    "flax": ("integrations/openpi.py",),
    "openpi_client": ("policy/wire.py",),
    "mujoco": ("sim/",),
    "matplotlib": ("sim/", "demo/"),
    "PIL": ("data/pictures.py", "sim/", "demo/"),
    "websockets": ("policy/client.py", "policy/server.py", "integrations/bridge/server.py"),
    "trimesh": ("specs/mesh_files.py",),
    "typer": ("cli/",),
    "viser": ("sim/live.py",),
    "pluggy": ("hookspecs.py", "plugin.py"),
    "pymodbus": ("drivers/modbus.py",),
    "serial": ("drivers/serial_port.py", "drivers/ports.py"),
}

FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in it, its own package's without the prefix."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(module: str) -> str | None:
    """The room that a module of this package is in; None for another package's."""
    parts = module.split(".")
    if parts[0] != "xlvla_sdk":
        return None
    inside = len(parts) > 1 and (PACKAGE / parts[1]).with_suffix(".py").exists()
    return parts[1] if inside or (len(parts) > 1 and (PACKAGE / parts[1]).is_dir()) else "__init__"


def reachable(name: str) -> set[str]:
    """The room itself, what its line names, and what those name in turn."""
    return {name}.union(*(reachable(above) for above in ROOMS[name]))


def place(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def test_a_room_imports_only_what_stands_above_it():
    """In one test: a test for every file takes longer than reading them all."""
    broken = {str(path.relative_to(PACKAGE)): unasked(path) for path in FILES}
    assert {path: rooms for path, rooms in broken.items() if rooms} == {}


def unasked(path: Path) -> set[str | None]:
    """The rooms that a file imports from, and may not."""
    here = place(path)
    if here in EVERYTHING or here == "__init__":
        return set()
    allowed = GROUND if here in GROUND else reachable(here) | GROUND
    return {room(module) for module in imports(path)} - {None} - allowed


@pytest.mark.parametrize("library", ALONE)
def test_a_walled_library_is_imported_in_its_own_place_alone(library: str):
    users = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if any(module.split(".")[0] == library for module in imports(path))
    }
    assert {user for user in users if not user.startswith(ALONE[library])} == set()


@pytest.mark.parametrize("walled", ["kinematics", "latent"])
def test_mathematics_never_touches_a_device(walled: str):
    for path in sorted((PACKAGE / walled).rglob("*.py")):
        assert "drivers" not in {room(module) for module in imports(path)}, path.name


def test_every_room_has_a_line():
    here = {place(path) for path in FILES}
    assert here <= {*ROOMS, *GROUND, *EVERYTHING}


def test_plugins_import_public_names_only():
    public = {
        "xlvla_sdk",
        "xlvla_sdk.hookspecs",
        "xlvla_sdk.drivers",
        "xlvla_sdk.testing",
        "xlvla_sdk.errors",
    }
    for path in sorted(PACKAGE.parent.glob("plugins/*/xlvla_*/*.py")):
        for module in imports(path):
            if module.startswith("xlvla_sdk"):
                assert module.rpartition(".")[0] in public, f"{path.name} imports {module}"
