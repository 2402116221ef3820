"""Clocks: who owns time, and when an answer that travels is there."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from xlvla_sdk.policy.attention import attentive
from xlvla_sdk.policy.worker import Answer, Follower, Newest, OnDemand, Outcome, Worker

__all__ = ["Answer", "Clock", "Newest", "SimClock", "WallClock"]

T = TypeVar("T")

LEAD = 0.3
"""Of `WallClock`: at 100 Hz 3 ms, of which a hand takes one."""


class Clock(ABC):
    """Time [s] and how to let it pass.

    Attributes:
        lead: Part of a period that a loop is given to work out a command before it is due; see
            `Pace`. Nothing where working out takes no time of this clock's.
    """

    lead = 0.0

    @abstractmethod
    def now(self) -> float:
        """The time [s], from an arbitrary start."""

    @abstractmethod
    def sleep_until(self, time_s: float) -> None:
        """Returns at `time_s`; at once when that has passed."""

    @abstractmethod
    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Puts a question to something that takes its time; returns at once."""

    @abstractmethod
    def follow(self, read: Callable[[], T]) -> Newest[T]:
        """What `read` gives, again and again, for somebody who must not wait for it."""

    @contextmanager
    def attending(self) -> Iterator[None]:
        """While an episode runs: what the clock does so that its moments are kept."""
        yield


class WallClock(Clock):
    """The computer's monotonic clock; questions are worked on in one thread of their own.

    While it attends, this program's other threads and its garbage disturb the loop less; see
    `attentive`.
    """

    lead = LEAD

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def now(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def sleep_until(self, time_s: float) -> None:
        """Sleeps."""
        time.sleep(max(0.0, time_s - time.monotonic()))

    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Works on the question in the clock's thread, which keeps no program from ending."""
        if self._worker is None:
            self._worker = Worker()
        return self._worker.ask(question)

    def follow(self, read: Callable[[], T]) -> Newest[T]:
        """Reads in a thread of its own, and keeps the newest."""
        return Follower(read)

    @contextmanager
    def attending(self) -> Iterator[None]:
        """Starts the thread of questions, and ends it with the episode."""
        self._worker = Worker()
        try:
            with attentive():
                yield
        finally:
            self._worker.retire()
            self._worker = None


class SimClock(Clock):
    """Simulated time: waits for nothing, and the same run gives the same result.

    Args:
        advances: Called with dt [s] whenever time passes: what else lives in this time.
        latency_s: How long an answer travels, in simulated seconds; one number, or a function of
            the question's number, from 0.
    """

    def __init__(
        self,
        advances: Iterable[Callable[[float], None]] = (),
        latency_s: float | Callable[[int], float] = 0.0,
    ) -> None:
        self._advances = tuple(advances)
        self._latency_s = latency_s
        self._now = 0.0
        self._questions = 0

    def now(self) -> float:
        """Simulated seconds, from 0."""
        return self._now

    def sleep_until(self, time_s: float) -> None:
        """Lets simulated time pass."""
        dt = time_s - self._now
        if dt <= 0.0:
            return
        for advance in self._advances:
            advance(dt)
        self._now = time_s

    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Answers now, and hands the answer out after the latency."""
        latency = self._latency_s
        latency_s = latency(self._questions) if callable(latency) else latency
        self._questions += 1
        outcome = Outcome[T]()
        outcome.find(question)
        return _Delayed(outcome, self, self._now + latency_s)

    def follow(self, read: Callable[[], T]) -> Newest[T]:
        """Reads when it is asked to: nothing passes meanwhile, and the same run reads the same."""
        return OnDemand(read)


class _Delayed(Answer[T]):
    def __init__(self, outcome: Outcome[T], clock: SimClock, due_s: float) -> None:
        self._outcome = outcome
        self._clock = clock
        self._due_s = due_s

    def ready(self) -> bool:
        return self._clock.now() >= self._due_s - 1e-9

    def result(self) -> T:
        return self._outcome.result()
