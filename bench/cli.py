"""How long the quick commands take: the median of ten, each in a process of its own.

    python bench/cli.py

Aim: `xlvla devices` in 0.6 s on an idle machine.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time

RUNS = 10
COMMANDS = (("devices",), ("--help",))


def main() -> None:
    """Prints a line for each command, and the machine's facts below."""
    for words in COMMANDS:
        seconds = [_seconds(words) for _ in range(RUNS + 1)][1:]  # the first fills the caches
        median, least = statistics.median(seconds), min(seconds)
        print(f"xlvla {' '.join(words):8} median of {RUNS}: {median:.2f} s, least {least:.2f} s")
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def _seconds(words: tuple[str, ...]) -> float:
    # A user's Python keeps compiled modules; an environment that forbids it measures the compiler.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", "from xlvla_sdk.cli import main; main()", *words]
    begun = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
