"""Crew: pieces of work done here, or by several processes side by side."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Protocol, TypeVar, runtime_checkable

from xlvla_sdk.errors import DataError

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

Heed = Callable[[], None]
"""Is called every now and then by whoever works; raises `Cancelled` when nobody waits any more."""


class Cancelled(Exception):
    """The work is no longer wanted."""


@runtime_checkable
class Job(Protocol[R_co]):
    """Work that comes in numbered pieces; it travels to other processes by pickle."""

    def worker(self) -> AbstractContextManager[Callable[[int, Heed], R_co]]:
        """Prepares what all pieces need; what it gives does one of them."""
        ...


def work(
    job: Job[R],
    processes: int,
    ask: Callable[[int], int | None],
    tell: Callable[[int, R], None],
) -> None:
    """Does pieces until nobody asks for more.

    Args:
        job: What a piece is.
        processes: How many work side by side; 1 works in this process.
        ask: The number of the next piece, told how many are being worked on; None when nothing is
            wanted for now. When none are being worked on, that is the end.
        tell: Takes what came of a piece, in the order in which they end.

    Raises:
        XlvlaError: What a piece raised.
        DataError: A process died.
    """
    if processes == 1:
        with job.worker() as do:
            while (number := ask(0)) is not None:
                tell(number, do(number, lambda: None))
        return
    context = get_context("spawn")  # MuJoCo's and OpenGL's own threads do not survive a fork
    cancelled = context.Event()
    try:
        with ProcessPoolExecutor(processes, context, _begin, (job, cancelled)) as pool:
            try:
                _share(pool, processes, ask, tell)
            except BaseException:
                cancelled.set()
                pool.shutdown(cancel_futures=True)
                raise
    except BrokenProcessPool as error:
        raise DataError(
            "a process that worked died: of too little memory perhaps, or because a script that asks for "
            "several has no `if __name__ == '__main__':` around it, and each began the script anew. What is "
            "done is kept: run it again with fewer processes."
        ) from error


def _share(
    pool: ProcessPoolExecutor,
    processes: int,
    ask: Callable[[int], int | None],
    tell: Callable[[int, Any], None],
) -> None:
    flying: dict[Future[Any], int] = {}
    while True:
        while len(flying) < processes and (number := ask(len(flying))) is not None:
            flying[pool.submit(_do, number)] = number
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            tell(flying.pop(future), future.result())


_OWN: dict[str, Any] = {}
"""What a process of the crew holds: its job, and its worker once it has one."""


def _begin(job: Job[Any], cancelled: Any) -> None:
    """What a process of the crew does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked for the work hears it and cancels
    Thread(target=_leave_with_parent, daemon=True).start()
    _OWN.update(job=job, cancelled=cancelled)


def _do(number: int) -> Any:
    if "worker" not in _OWN:
        _OWN["worker"] = _OWN["job"].worker().__enter__()  # its process ends with it
    return _OWN["worker"](number, _heed)


def _heed() -> None:
    if _OWN["cancelled"].is_set():
        raise Cancelled


def _leave_with_parent() -> None:
    """A killed parent can end nobody; without it there is nobody to work for."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
