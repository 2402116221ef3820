"""Clocks: who owns time, and when an answer that travels is there."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Answer(ABC, Generic[T]):
    """What was asked for and may not be there yet."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether `result` returns at once."""

    @abstractmethod
    def result(self) -> T:
        """The answer, or the error that came in its place; only once it is ready."""


class Clock(ABC):
    """Time [s] and how to let it pass."""

    @abstractmethod
    def now(self) -> float:
        """The time [s], from an arbitrary start."""

    @abstractmethod
    def sleep_until(self, time_s: float) -> None:
        """Returns at `time_s`; at once when that has passed."""

    @abstractmethod
    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Puts a question to something that takes its time; returns at once."""


class WallClock(Clock):
    """The computer's monotonic clock; questions are worked on in a thread of their own."""

    def now(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def sleep_until(self, time_s: float) -> None:
        """Sleeps."""
        time.sleep(max(0.0, time_s - time.monotonic()))

    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Works on the question in a thread that does not keep the program from ending."""
        answer = _Outcome[T]()
        thread = threading.Thread(target=answer.find, args=(question,), daemon=True)
        thread.start()
        return answer


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
        outcome = _Outcome[T]()
        outcome.find(question)
        return _Delayed(outcome, self, self._now + latency_s)


class _Outcome(Answer[T]):
    def __init__(self) -> None:
        self._found = threading.Event()
        self._value: T | None = None
        self._error: Exception | None = None

    def find(self, question: Callable[[], T]) -> None:
        try:
            self._value = question()
        except Exception as error:  # handed to whoever asked
            self._error = error
        self._found.set()

    def ready(self) -> bool:
        return self._found.is_set()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # pyright: ignore[reportReturnType]  (T may itself be None)


class _Delayed(Answer[T]):
    def __init__(self, outcome: _Outcome[T], clock: SimClock, due_s: float) -> None:
        self._outcome = outcome
        self._clock = clock
        self._due_s = due_s

    def ready(self) -> bool:
        return self._clock.now() >= self._due_s - 1e-9

    def result(self) -> T:
        return self._outcome.result()
