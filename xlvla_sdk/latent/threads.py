"""One thread inside an operation, for networks this small; a few that work on operations side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """torch works on one thread inside, and on as many as before after.

    A hand's networks gain little from a second core, and threads that wait for one another lose
    all of it, and far more, as soon as anything else wants the machine. Sums then come in one
    order too, whatever the number of cores: the same seed gives the same bytes.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


MOST = 4
"""How many threads work at once at most: a space has about as many hands."""


@cache
def workers() -> ThreadPoolExecutor:
    """Threads, one a core, each of which works as `one_thread` does."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return ThreadPoolExecutor(min(MOST, cores or 1), "latent", lambda: torch.set_num_threads(1))


if hasattr(os, "register_at_fork"):  # a forked process has the pool, and none of its threads
    os.register_at_fork(after_in_child=workers.cache_clear)
