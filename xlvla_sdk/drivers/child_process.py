"""ChildProcess: another program on three pipes, beyond the reach of the terminal's Ctrl-C."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

WHOLE = select.PIPE_BUF
"""A message up to this long goes through a pipe whole or not at all [bytes]."""
TAIL = 4096
"""How much of what a child printed is kept, for messages [bytes]."""
LINES = 3
"""How many lines of it a message shows."""
LARGEST_READ = 1 << 16


class ChildProcess:
    """Started when it is made; whoever made it ends it.

    It stands in a session of its own, so that no signal of the terminal reaches it or what it
    starts, and all of it ends together.

    Args:
        command: The program and its arguments.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )
        pipes = [self._process.stdin, self._process.stdout, self._process.stderr]
        self._in, self._out, self._err = (pipe.fileno() for pipe in pipes if pipe is not None)
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
        self._printed = bytearray()

    def send(self, message: bytes, timeout_s: float) -> bool:
        """Writes a message no longer than `WHOLE`; False when there is no room for it in time.

        Raises:
            BrokenPipeError: It has ended.
        """
        assert len(message) <= WHOLE
        if not select.select([], [self._in], [], timeout_s)[1]:
            return False
        return os.write(self._in, message) == len(message)

    def receive(self, timeout_s: float) -> bytes | None:
        """What came on its standard output, maybe nothing yet; None once it has closed that.

        Returns as soon as anything comes, also on its standard error, which is kept apart.
        """
        readable, _, _ = select.select([self._out, self._err], [], [], timeout_s)
        if self._err in readable:
            self._keep(os.read(self._err, LARGEST_READ))
        if self._out in readable:
            return os.read(self._out, LARGEST_READ) or None
        return b""

    def said(self) -> str:
        """The last lines that it printed, for a message; nothing when it printed none."""
        lines = bytes(self._printed).decode(errors="replace").splitlines()
        shown = [line.strip() for line in lines if line.strip()][-LINES:]
        return f" (it printed: {' / '.join(shown)})" if shown else ""

    def end(self, wait_s: float = 0.0) -> str:
        """Closes its input, waits for its own end, and ends it where it takes longer [s].

        Returns:
            How it ended, in words: `ended with status 3`.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        if wait_s:
            self._listen_until_end(wait_s)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        return _in_words(self._process.wait())

    def _listen_until_end(self, timeout_s: float) -> None:
        left = {self._out, self._err}
        deadline = time.monotonic() + timeout_s
        while left and (wait_s := deadline - time.monotonic()) > 0.0:
            for pipe in select.select(list(left), [], [], wait_s)[0]:
                data = os.read(pipe, LARGEST_READ)
                if not data:
                    left.discard(pipe)
                elif pipe == self._err:
                    self._keep(data)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.1, deadline - time.monotonic()))

    def _keep(self, printed: bytes) -> None:
        self._printed += printed
        del self._printed[:-TAIL]


def _environment() -> dict[str, str]:
    """Ours, without what is meant for our own interpreter."""
    return {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")
    }


def _in_words(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"
