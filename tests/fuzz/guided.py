"""Runs a target for some time, and says what came of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "ability-frames",
    "ability-firmware",
    "inspire-states",
    "inspire-frames",
    "inspire-vendor-firmware",
    "inspire-rtu-firmware",
    "inspire-tcp-firmware",
    "modbus-rtu",
    "modbus-tcp",
    "xhand-frames",
    "xhand-state",
    "xhand-firmware",
    "xarm-report",
    "xarm-firmware",
    "g1-state",
    "g1-firmware",
    "paxini-readings",
    "paxini-firmware",
    "helper-process",
    "address",
)
"""The targets, as `targets.py` makes them."""
LONGEST = 6000
"""Bytes of an input, at the most: two and a half of the longest frame, an XHAND1's state."""
MEMORY_MB = 1024
"""What a target's process may take; importing alone takes a quarter of it."""
HEADER = ("parser, decoder or emulated device", "inputs", "branches", "findings")
"""Of a table of runs."""
BETWEEN = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
"""Starts a process from a small one. Linux gives a process the peak memory of the one whose place
it takes, and libFuzzer goes by the peak: the tests' own gigabyte would be the target's."""
SLOWEST_S = 10
"""How long one input may take: more is a hang [s]."""


@dataclass(frozen=True)
class Run:
    """What came of a target's time.

    Attributes:
        name: The target.
        sound: Whether nothing broke.
        inputs: How many inputs it took.
        branches: How much of the code they reached.
        said: The last that it said, where it broke.
    """

    name: str
    sound: bool
    inputs: int
    branches: int
    said: str

    def row(self) -> tuple[str, ...]:
        """As a table has it."""
        return self.name, f"{self.inputs:,}", str(self.branches), "none" if self.sound else "one"

    def __str__(self) -> str:
        held = "ok  " if self.sound else "FAIL"
        return (
            f"{self.name:24} {held} {self.inputs:9d} inputs {self.branches:6d} covered{self.said}"
        )


def fuzz(name: str, seconds: float, found: Path) -> Run:
    """Fuzzes a target.

    Args:
        name: One of `NAMES`, or `planted`.
        seconds: For how long [s].
        found: Where an input goes that breaks it.
    """
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xlvla-fuzz-") as corpus:
        flags = [
            f"-max_total_time={max(1, round(seconds))}",
            f"-max_len={LONGEST}",
            "-len_control=10",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-timeout={SLOWEST_S}",
            "-seed=7",
            f"-artifact_prefix={found}/{name}-",
        ]
        done = subprocess.run(
            [*BETWEEN, sys.executable, "-m", "tests.fuzz.one", name, corpus, *flags],
            capture_output=True,
            text=True,
            errors="replace",
            cwd=Path(__file__).parents[2],
        )
    said = done.stdout + done.stderr
    inputs = [int(number) for number in re.findall(r"^#(\d+)\s", said, re.M)]
    covered = [int(number) for number in re.findall(r"cov: (\d+)", said)]
    sound = done.returncode == 0
    tail = "" if sound else "\n" + _end(done.stdout) + _end(done.stderr)
    return Run(name, sound, max(inputs, default=0), max(covered, default=0), tail)


def _end(said: str) -> str:
    """The last lines, without what the instrumenting says."""
    lines = [line for line in said.splitlines() if not line.startswith(("INFO", "#"))]
    return "".join(f"    {line}\n" for line in lines[-25:])
