"""The paper's released trainer as a contestant: its own checkout and interpreter, unpatched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRIVER = Path(__file__).with_name("paper_driver.py")


class PaperCode:
    """A running trainer of EmptyBlueBox/DexLatent in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def seconds(self, steps: int, threads: int) -> float:
        """How long some steps take on some threads [s]."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps} {threads}\n")
        self.process.stdin.flush()
        return float(_answer(self.process))


@contextmanager
def paper_code(python: Path, checkout: Path, batch: int) -> Iterator[PaperCode]:
    """Starts the paper's trainer; it ends with the context.

    Args:
        python: An interpreter with torch and urdf_parser_py.
        checkout: A checkout of the paper's code; nothing is written there.
        batch: Postures of each hand in a step.
    """
    if not (checkout / "HandLatent" / "model.py").is_file():
        raise SystemExit(f"{checkout.name} is no checkout of EmptyBlueBox/DexLatent.")
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [str(python), str(DRIVER), str(batch)],
        cwd=checkout,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            _answer(process)
            yield PaperCode(process)
        finally:
            process.kill()


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit("the paper's trainer ended; what it said stands above.")
    return line
