"""Link: questions and answers over a transport, each with a deadline; nothing wrong passes in silence."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from xlvla_sdk.drivers.transport import Transport
from xlvla_sdk.errors import DriverError

logger = logging.getLogger(__name__)
A = TypeVar("A")


@runtime_checkable
class Parser(Protocol):
    """Cuts bytes into frames; keeps no more than one frame's worth of them.

    Attributes:
        refused: How many frames were damaged, and how many bytes belonged to none.
    """

    refused: int

    def feed(self, data: bytes) -> list[bytes]:
        """Takes bytes; returns the whole and undamaged frames that they complete."""
        ...

    def clear(self) -> None:
        """Forgets a frame that has begun."""
        ...


@dataclass
class Counts:
    """What happened on a link.

    Attributes:
        asked: Questions.
        recovered: Questions that were answered after a damaged, foreign or missing frame.
        refused: Frames that were whole and undamaged and no answer to the question.
        failed: Questions that ended in a DriverError.
    """

    asked: int = 0
    recovered: int = 0
    refused: int = 0
    failed: int = 0


class Link:
    """One question in flight at a time; a question is put again when its answer does not come.

    Only questions that may be put twice go through a link: reads, and targets that are absolute.

    Args:
        transport: The line; the link does not open it.
        parser: Cuts what arrives into frames.
        who: The device, for messages, such as `ability:right on ttyUSB0`.
        timeout_s: How long one try waits for its answer [s].
        tries: How often a question is put before DriverError.
        mend: What to check, the last sentence of that error.
    """

    def __init__(
        self,
        transport: Transport,
        parser: Parser,
        who: str,
        timeout_s: float,
        tries: int = 3,
        mend: str = "Check power and wiring.",
    ) -> None:
        self.transport = transport
        self.parser = parser
        self.counts = Counts()
        self._who = who
        self._timeout_s = timeout_s
        self._tries = tries
        self._mend = mend

    def ask(self, question: bytes, answer: Callable[[bytes], A | None], what: str) -> A:
        """Puts a question and waits for its answer.

        Args:
            question: The frame to send.
            answer: Makes the answer of a frame; None for a frame that answers something else.
                A DriverError it raises (the device refuses) ends the question at once.
            what: The question in words, for messages: `a read of the positions`.

        Raises:
            DriverError: No answer in time after all tries (`unanswered` among its values), or the
                line is gone.
        """
        self.counts.asked += 1
        damaged, refused = self.parser.refused, self.counts.refused
        try:
            for attempt in range(self._tries):
                found = self._once(question, answer)
                if found is not None:
                    clean = attempt == 0 and damaged == self.parser.refused
                    self.counts.recovered += not (clean and refused == self.counts.refused)
                    return found
                logger.debug("%s: no answer to %s, try %d", self._who, what, attempt + 1)
            raise DriverError(
                f"{self._who}: no reply to {what} in {self._timeout_s:g} s, asked {self._tries} "
                f"times{self._heard(damaged, refused)}. {self._mend}",
                unanswered=what,
            )
        except DriverError:
            self.counts.failed += 1
            raise

    def send(self, frame: bytes) -> None:
        """Sends what has no answer; DriverError when the line is gone."""
        self.transport.write(frame)

    def _once(self, question: bytes, answer: Callable[[bytes], A | None]) -> A | None:
        self.transport.discard()
        self.parser.clear()
        self.transport.write(question)
        deadline = time.monotonic() + self._timeout_s
        while (left := deadline - time.monotonic()) > 0.0:
            for frame in self.parser.feed(self.transport.read(left)):
                found = answer(frame)
                if found is not None:
                    return found
                self.counts.refused += 1
        return None

    def _heard(self, damaged: int, refused: int) -> str:
        said = []
        if self.parser.refused > damaged:
            said.append("what came was damaged")
        if self.counts.refused > refused:
            said.append("what came answered something else")
        return f" ({' and '.join(said)})" if said else ""
