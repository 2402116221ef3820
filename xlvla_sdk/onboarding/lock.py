"""One process at a time trains a hand: the next waits, and then finds what the first one saved."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from xlvla_sdk.codec.store import codec_name
from xlvla_sdk.storage import data_folder

try:
    import fcntl
except ImportError:  # Windows: codecs are still written whole, but two processes may both train
    fcntl = None

log = logging.getLogger(__name__)


@contextmanager
def one_at_a_time(space: str, hand: str) -> Iterator[None]:
    """Inside, no other process of this user trains this hand for this space.

    The lock is the operating system's, on an empty file in the data folder. It ends with the process
    that holds it, however that ended; the file stays and means nothing by itself.

    Args:
        space: The space's id.
        hand: The hand's id.
    """
    path = data_folder() / "locks" / space / f"{codec_name(hand)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        _lock(file, hand)
        yield


def _lock(file: IO[str], hand: str) -> None:
    """Takes the lock of an open file; closing the file gives it back."""
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("another process trains %s: waiting for it to end", hand)
        fcntl.flock(file, fcntl.LOCK_EX)
