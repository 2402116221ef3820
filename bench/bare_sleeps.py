"""A loop that only sleeps: how even a period this machine allows, whatever the program.

    python -m bench.bare_sleeps 20

Prints how far from 10 ms its periods were in so many seconds, 99th percentile [ms].
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

PERIOD_S = 0.01


@contextmanager
def beside(seconds: float) -> Iterator[Callable[[], float]]:
    """Sleeps in a process of its own while something else is measured; gives the answer's asker."""
    words = [sys.executable, "-m", "bench.bare_sleeps", str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield lambda: float(process.communicate()[0])


def sleeps(seconds: float) -> float:
    """The 99th percentile [ms]."""
    begin_s, times = time.monotonic(), []
    for turn in range(round(seconds / PERIOD_S)):
        time.sleep(max(0.0, begin_s + turn * PERIOD_S - time.monotonic()))
        times.append(time.monotonic())
    return 1e3 * float(np.percentile(np.abs(np.diff(times) - PERIOD_S), 99))


if __name__ == "__main__":
    print(sleeps(float(sys.argv[1])))
