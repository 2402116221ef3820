"""A page of docs/ as somebody follows it: files it says to save, commands it says to type."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def page(name: str) -> str:
    """The text of `docs/NAME`."""
    return (ROOT / "docs" / name).read_text()


def commands(text: str) -> list[str]:
    """Every line of a page's console blocks, in its order."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def scripts(text: str) -> dict[str, str]:
    """Every Python block that comes after the name of a file, `pinch.py`, by that name."""
    return dict(re.findall(r"`(\w+\.py)`[^`]*\n\n```python\n(.*?)```", text, re.DOTALL))


def example_urdf(side: str) -> Path:
    """The example vendor's URDF of one side."""
    (urdf,) = (ROOT / "examples").glob(f"*/*/urdf/*_{side}.urdf")
    return urdf


def followed(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What the page's commands say, typed one after the other in a folder; none may fail."""
    for name, code in scripts(text).items():
        (folder / name).write_text(code)
    script = "\n".join(["set -euxo pipefail", *commands(text)])
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
