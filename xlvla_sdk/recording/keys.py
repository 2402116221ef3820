"""Keys: what an operator presses, one key at a time, without waiting for it."""

from __future__ import annotations

import os
import select
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from xlvla_sdk.errors import DriverError

try:
    import termios
    import tty
except ImportError:  # Windows: there is no such terminal
    termios = tty = None

START, KEEP, DISCARD, QUIT = "s", "k", "d", "q"


class Keys(ABC):
    """A context manager: while it lasts, keys are the recorder's."""

    @abstractmethod
    def poll(self) -> str | None:
        """The next key that was pressed; None when there is none. Never waits."""

    def __enter__(self) -> Keys:
        return self

    def __exit__(self, *_: object) -> None:
        return


class TerminalKeys(Keys):
    """Keys of a terminal, taken as they are pressed and not shown; Ctrl-C stays what it is.

    The terminal is as it was before when the block is left, whatever left it. A terminal that is gone
    presses `q`: nobody is there any more.

    Args:
        descriptor: Of the terminal; stdin's when left out.

    Raises:
        DriverError: Where there are no such terminals.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        if termios is None:
            raise DriverError(
                "keys cannot be read on this system. Give --episodes and --seconds, and no terminal."
            )
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._before: list[Any] | None = None

    def __enter__(self) -> TerminalKeys:
        assert termios is not None
        assert tty is not None
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        if termios is not None and self._before is not None:
            with suppress(termios.error):  # it may be gone
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
            self._before = None

    def poll(self) -> str | None:
        """A key in lower case."""
        if not select.select([self._descriptor], [], [], 0.0)[0]:
            return None
        try:
            pressed = os.read(self._descriptor, 1)
        except OSError:
            return QUIT
        return pressed.decode(errors="replace").lower() if pressed else QUIT
