"""Attention: what disturbs a loop in Python less while it has moments to keep."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from xlvla_sdk.leaving import undisturbed

SWITCH_S = 0.0005
"""How long another thread may keep the interpreter from the loop [s]; Python's default is 5 ms, as
long as half a period at 100 Hz."""


@contextmanager
def attentive() -> Iterator[None]:
    """Inside, threads take turns ten times as often, and what is there is not searched for garbage.

    New garbage is still collected; it is the walk over everything that was imported and loaded
    before that takes tens of milliseconds. Both belong to the whole process and are set back.
    """
    interval_s, frozen = sys.getswitchinterval(), gc.get_freeze_count()
    with undisturbed():  # a signal would be raised in some object's last words, and be lost there
        gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if frozen == 0:  # else somebody else froze before, and means it
            gc.unfreeze()
