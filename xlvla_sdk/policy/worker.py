"""Worker and Follower: threads beside the control loop, for what takes its time."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")

PAUSE_S = 0.004
"""Between two readings of a follower [s]: cameras give a picture every 8 to 33 ms."""
LEAVE_S = 1.0
"""How long a follower's last reading may take [s]; it keeps no program from ending."""


class Answer(ABC, Generic[T]):
    """What was asked for and may not be there yet."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether `result` returns at once."""

    @abstractmethod
    def result(self) -> T:
        """The answer, or the error that came in its place; only once it is ready."""


class Newest(ABC, Generic[T]):
    """The newest of something that comes again and again."""

    @abstractmethod
    def newest(self) -> T:
        """The newest, or the error that came in its place."""

    @abstractmethod
    def known(self) -> T | None:
        """The newest as far as it is known without reading; None where only reading tells."""

    @abstractmethod
    def close(self) -> None:
        """Reads no more."""


class Outcome(Answer[T]):
    """The answer to one question, found by whoever calls `find`."""

    def __init__(self) -> None:
        self._found = threading.Event()
        self._value: T | None = None
        self._error: Exception | None = None

    def find(self, question: Callable[[], T]) -> None:
        """Works on the question until there is an answer or an error."""
        try:
            self._value = question()
        except Exception as error:  # handed to whoever asked
            self._error = error
        self._found.set()

    def ready(self) -> bool:
        """Whether it was found."""
        return self._found.is_set()

    def result(self) -> T:
        """What was found."""
        if self._error is not None:
            raise self._error
        return self._value  # pyright: ignore[reportReturnType]  (T may itself be None)


class Worker:
    """One thread that answers questions in their order; asking never waits for it."""

    def __init__(self) -> None:
        self._questions: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="questions", daemon=True).start()

    def ask(self, question: Callable[[], T]) -> Answer[T]:
        """Puts a question."""
        answer = Outcome[T]()
        self._questions.put(lambda: answer.find(question))
        return answer

    def retire(self) -> None:
        """Ends the thread after the question it works on."""
        self._questions.put(None)

    def _run(self) -> None:
        while (work := self._questions.get()) is not None:
            work()


class Follower(Newest[T]):
    """One thread that reads again and again and keeps the newest.

    Args:
        read: Read once before this returns, so that there always is a newest; then in the thread.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._value = read()
        self._error: Exception | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def newest(self) -> T:
        """The newest that was read, or the error that ended the reading."""
        if self._error is not None:
            raise self._error
        return self._value

    def known(self) -> T | None:
        """The same."""
        return self.newest()

    def close(self) -> None:
        """Ends the thread after the reading it is at."""
        self._leaving.set()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        while not self._leaving.is_set():
            try:
                self._value = self._read()
            except Exception as error:  # handed to whoever asks for the newest
                self._error = error
                return
            time.sleep(PAUSE_S)


class OnDemand(Newest[T]):
    """Reads when it is asked to, in the thread that asks.

    Args:
        read: See above.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read

    def newest(self) -> T:
        """What is read now."""
        return self._read()

    def known(self) -> T | None:
        """None: only reading tells."""
        return None

    def close(self) -> None:
        return
