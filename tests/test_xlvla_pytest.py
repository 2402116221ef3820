"""The module that pytest loads wherever the SDK is installed costs nothing, and gives fixtures."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

MODULE = Path(__file__).resolve().parents[1] / "xlvla_pytest.py"


def test_it_imports_nothing_but_pytest():
    """Beyond what pytest itself loads, and the standard library."""
    code = (
        "import sys, pytest, _pytest.config\nbefore = set(sys.modules)\nimport xlvla_pytest\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}\n"
        "      - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['xlvla_pytest']"


def test_its_imports_at_the_top_are_pytest_and_typing():
    tops = [node for node in ast.parse(MODULE.read_text()).body if isinstance(node, ast.Import)]
    froms = [n for n in ast.parse(MODULE.read_text()).body if isinstance(n, ast.ImportFrom)]
    assert {alias.name for node in tops for alias in node.names} == {"pytest"}
    assert {node.module for node in froms} == {"__future__", "typing"}


def test_pytest_finds_it():
    found = [entry.value for entry in entry_points(group="pytest11") if entry.name == "xlvla"]
    assert found == ["xlvla_pytest"]
