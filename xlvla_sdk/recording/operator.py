"""Operator: who says when an episode begins and ends, and whether it is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.leaving import heed
from xlvla_sdk.policy import Clock
from xlvla_sdk.recording.keys import DISCARD, KEEP, QUIT, START, Keys

LOOK_S = 0.02
"""Between two looks at the keys while nothing is played [s]."""

Told = Callable[[str], None]


class Operator(ABC):
    """Decides about episodes."""

    @abstractmethod
    def starts(self, kept: int) -> bool:
        """Whether another episode is recorded; returns when it is to begin.

        Args:
            kept: How many there are.
        """

    @abstractmethod
    def called_off(self) -> bool:
        """Whether the episode that is played is to end now; never waits."""

    @abstractmethod
    def keeps(self) -> bool:
        """Whether the episode that has ended is kept."""

    @abstractmethod
    def lost(self, error: XlvlaError) -> None:
        """An episode cannot be kept; raises the error where nobody is there to try again."""


class Unattended(Operator):
    """Nobody: episodes begin by themselves, end with the source, and are kept.

    Args:
        episodes: How many there are in the end.
    """

    def __init__(self, episodes: int) -> None:
        self._episodes = episodes

    def starts(self, kept: int) -> bool:
        return kept < self._episodes

    def called_off(self) -> bool:
        return False

    def keeps(self) -> bool:
        return True

    def lost(self, error: XlvlaError) -> None:
        raise error


class Attended(Operator):
    """Somebody at a keyboard: s starts, k keeps, d discards, q quits.

    While an episode is played k, d and q end it; q discards it. After one that ended by itself the
    operator is asked.

    Args:
        keys: What is pressed.
        clock: In whose time keys are waited for.
        told: Is told what the keys are good for now, and what became of an episode.
        episodes: How many there are in the end; as many as are started when None.
    """

    def __init__(self, keys: Keys, clock: Clock, told: Told, episodes: int | None = None) -> None:
        self._keys, self._clock, self._told, self._episodes = keys, clock, told, episodes
        self._decided: str | None = None

    def starts(self, kept: int) -> bool:
        if self._decided == QUIT or kept == self._episodes:
            return False
        self._told(f"episode {kept}: {START} starts, {QUIT} quits")
        started = self._awaited((START, QUIT)) == START
        self._decided = None
        if started:
            self._told(f"episode {kept}: records; {KEEP} keeps, {DISCARD} discards, {QUIT} quits")
        return started

    def called_off(self) -> bool:
        if self._decided is None and (pressed := self._keys.poll()) in (KEEP, DISCARD, QUIT):
            self._decided = pressed
        return self._decided is not None

    def keeps(self) -> bool:
        if self._decided is None:
            self._told(f"it is over: {KEEP} keeps, {DISCARD} discards, {QUIT} discards and quits")
            self._decided = self._awaited((KEEP, DISCARD, QUIT))
        return self._decided == KEEP

    def lost(self, error: XlvlaError) -> None:
        self._told(f"it cannot be kept: {error.message}")

    def _awaited(self, wanted: Collection[str]) -> str:
        while (pressed := self._keys.poll()) not in wanted:
            heed()
            self._clock.sleep_until(self._clock.now() + LOOK_S)
        return str(pressed)
