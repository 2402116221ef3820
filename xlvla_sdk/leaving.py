"""Leaving: signals that end a program while devices move.

Python raises what a signal's handler raises wherever the main thread happens to be. A library that
catches everything may swallow it there, and so does a callback of the garbage collector's, and the
robot goes on; so it is remembered, and raised again at the next command and at every loop's next
turn. And while devices are being stopped nothing may interrupt that.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a supervisor's request, and a terminal or connection that is gone."""
BOUNCE_S = 1.0
"""A second signal within this time is taken for the same one [s]."""

_asked: tuple[int, float] | None = None  # the exit status, and when


def listen() -> None:
    """From here on signals leave as SystemExit 128 + number, so that every `with` is left.

    A signal that the process was started to ignore (`nohup`) stays ignored.
    """
    forget()
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def forget() -> None:
    """The program goes on as if no signal had come."""
    global _asked
    _asked = None


def heed() -> None:
    """Raises SystemExit when a signal came, whatever became of the one it raised."""
    if _asked is not None:
        raise SystemExit(_asked[0])


@contextmanager
def undisturbed() -> Iterator[None]:
    """Inside, signals that end the program wait until the block is over."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone
        return
    came: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in ENDING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came[:1]:
            os.kill(os.getpid(), number)


def _leave(number: int, _frame: object) -> None:
    global _asked
    now = time.monotonic()
    bounce = _asked is not None and now - _asked[1] < BOUNCE_S
    _asked = _asked if bounce else (128 + number, now)
    if not bounce:
        raise SystemExit(128 + number)
