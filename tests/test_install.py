"""What the README promises of pip, in a new virtual environment: one hand, then all and the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def one_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's command in a new environment; the folder of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    _pip(folder / "bin", "install", "-c", "constraints.txt", ".", "./plugins/inspire")
    return folder / "bin"


def test_one_hand_is_there_with_its_codec_after_one_command(one_hand: Path, tmp_path: Path):
    said = _run(one_hand, tmp_path, "xlvla", "devices", "--json")
    assert {entry["name"] for entry in json.loads(said)["devices"]} == {
        "inspire",
        "inspire_ftp",
    }
    assert "FAIL" not in _run(one_hand, tmp_path, "xlvla", "check", "inspire:right")
    trained = (
        "import sys; from xlvla_sdk import find_codec; from xlvla_sdk.registry import registry;"
    )
    trained += "find_codec(registry().hand('inspire:left')); assert 'torch' not in sys.modules"
    _run(one_hand, tmp_path, "python", "-c", trained)


def test_demo_runs_from_what_is_installed(one_hand: Path, tmp_path: Path):
    plugins = [f"./plugins/{path.name}" for path in sorted((ROOT / "plugins").iterdir())]
    _pip(one_hand, "install", "-c", "constraints.txt", ".[sim]", *plugins)
    _run(one_hand, tmp_path, "xlvla", "demo")
    for name in ("contact_sheet.png", "demo.gif", "measures.json"):
        assert (tmp_path / "demo-out" / name).stat().st_size > 1000


def _pip(programs: Path, *arguments: str) -> None:
    subprocess.run([programs / "pip", "--quiet", *arguments], check=True, cwd=ROOT)


def _run(programs: Path, folder: Path, program: str, *arguments: str) -> str:
    """What a program says; run in an empty folder, with a data folder of its own."""
    environment = {**os.environ, "XLVLA_DATA": str(folder / "data"), "XLVLA_TRAIN": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [programs / program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
