"""The part that needs openpi: refused without it, and the core installs beside what openpi pins."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from xlvla_sdk.errors import PolicyError

ROOT = Path(__file__).resolve().parents[2]

# What openpi's uv.lock names at commit 15a9616 (June 2026), of what the core or extra `data` name too.
OPENPI = {
    "jaxtyping": "0.2.36",
    "jinja2": "3.1.6",
    "msgpack": "1.1.0",
    "numpy": "1.26.4",
    "openpi-client": "0.1.0",
    "packaging": "25.0",
    "pillow": "11.2.1",
    "platformdirs": "4.3.8",
    "pluggy": "1.6.0",
    "pyarrow": "20.0.0",
    "pydantic": "2.11.5",
    "rich": "14.0.0",
    "safetensors": "0.5.3",
    "torch": "2.7.1",
    "typing-extensions": "4.13.2",
    "websockets": "15.0.1",
}
# Named by the core, not by openpi: they are installed beside, and ask for nothing that openpi pins.
BESIDE = {"pymodbus", "pyserial", "pytorch-kinematics", "typer"}


def requirements() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["data"]]
    return {one.name: one for one in map(Requirement, lines)}


@pytest.mark.parametrize("name", OPENPI)
def test_the_core_takes_what_openpi_pins(name: str):
    assert requirements()[name].specifier.contains(OPENPI[name])


def test_every_requirement_was_looked_up():
    assert set(requirements()) == set(OPENPI) | BESIDE


def test_openpis_python_is_ours():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert Requirement(f"python{project['requires-python']}").specifier.contains("3.11")


@pytest.mark.skipif(importlib.util.find_spec("openpi") is not None, reason="openpi is installed")
def test_without_openpi_the_import_says_what_to_install():
    with pytest.raises(PolicyError, match="openpi's own environment"):
        importlib.import_module("xlvla_sdk.integrations.openpi")


def test_nothing_else_of_the_sdk_imports_it():
    for path in sorted((ROOT / "xlvla_sdk").rglob("*.py")):
        if path.name != "openpi.py":
            assert "xlvla_sdk.integrations.openpi" not in path.read_text(), path.name


def test_what_runs_beside_openpi_needs_numpy_alone():
    """openpi's environment need not have the core's drivers, nor load its torch."""
    code = """
import sys, json, pathlib, dataclasses, types, re
import numpy, jaxtyping
before = {module.split(".")[0] for module in sys.modules}
from xlvla_sdk.integrations.pi0 import card, tails, transforms, widening
print(*sorted({module.split(".")[0] for module in sys.modules} - before))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.split() == ["xlvla_sdk"]
