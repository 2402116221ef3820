"""The line at the foot of the terminal that says how a run stands."""

from __future__ import annotations

import logging
import shutil
import sys
import threading

from xlvla_sdk.policy import Status

EVERY_S = 0.2
"""Between two lines [s]: as often as digits can be read."""
CLEAR = "\r\x1b[K"


class StatusLine:
    """A context manager that is told the status and writes it from a thread of its own.

    A terminal may be slow, or at the other end of a network; the control loop must not wait for
    it. Where stderr is no terminal nothing is written.
    """

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._status: Status | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status line", daemon=True)
        self._formats: dict[logging.Handler, logging.Formatter | None] = {}

    def __call__(self, status: Status) -> None:
        """Takes note of a status; returns at once."""
        self._status = status

    def __enter__(self) -> StatusLine:
        if self._stream.isatty():
            for handler in logging.getLogger().handlers:  # a log line clears this one first
                self._formats[handler] = handler.formatter
                handler.setFormatter(logging.Formatter(f"{CLEAR}%(message)s"))
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is None:
            return
        self._thread.join(1.0)
        for handler, format_ in self._formats.items():
            handler.setFormatter(format_)
        self._stream.write(CLEAR)
        self._stream.flush()

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            if (status := self._status) is not None:
                width = shutil.get_terminal_size().columns - 1
                self._stream.write(CLEAR + line(status)[:width])
                self._stream.flush()


def line(status: Status) -> str:
    """A status in words and numbers."""
    parts = [f"{status.time_s:.1f} s", f"{status.rate_hz:.0f} Hz"]
    for name, seconds in (
        ("chunk", status.chunk_age_s),
        ("server", status.answer_s),
        ("frame", status.frame_age_s),
    ):
        if seconds is not None:
            parts.append(f"{name} {1e3 * seconds:.0f} ms")
    parts.append(f"limits {status.limits_touched}")
    return "  ".join([*parts, *([status.standing] if status.standing else [])])
