"""Whoever follows a page of docs/: an environment of his own, and no network."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

XLVLA = "#!{python}\nfrom xlvla_sdk.cli import main\nmain()\n"
BLOCKED = """\
import socket

def refuse(*_):
    raise OSError("a connection was tried, and this test allows none")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A virtual environment that borrows this one's packages, and no network."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "env")}))
    here = site.getsitepackages()[0]
    (purelib / "core.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    program = tmp_path / "env/bin/xlvla"
    program.write_text(XLVLA.format(python=python))
    program.chmod(0o755)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(BLOCKED)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("XLVLA_")}
    return {
        **kept,
        "PATH": f"{tmp_path / 'env/bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(blocked),
        "XLVLA_DATA": str(tmp_path / "data"),
        "XLVLA_TRAIN": "1",
    }
