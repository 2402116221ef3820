"""Ctrl-C between the steps of a training, where nothing can swallow it.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a callback from
torch's C++ it may be printed and forgotten, and the training goes on. So the signal is noted, and
raised once the step is done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from xlvla_sdk import leaving


@contextmanager
def between_steps() -> Iterator[Callable[[], None]]:
    """Inside, Ctrl-C waits for the function that is yielded to be called; the second does not.

    Only in the main thread, and only in place of Python's own handler: a program that has one of
    its own keeps it, and one that listens with `leaving.listen` hears after the step of a signal
    that was swallowed in it.

    Yields:
        What to call after each step; it raises KeyboardInterrupt when Ctrl-C was pressed.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield leaving.heed
        return
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            signal.default_int_handler(number, frame)
        pressed = True

    def heed() -> None:
        if pressed:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
