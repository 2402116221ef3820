"""One thread for networks this small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
