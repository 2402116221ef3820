"""HandWire: what a wire to the XHAND1 can do, RS485 or the maker's package."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from xlvla_sdk import Side
from xlvla_sdk.drivers import Counts, Identity
from xlvla_sdk.errors import DriverError
from xlvla_xhand.frames import Gains, Mode
from xlvla_xhand.reply import HandReply

SIDES = {"R": Side.RIGHT, "L": Side.LEFT}


class HandWire(ABC):
    """One hand on one wire. Every call has a deadline; whatever goes wrong is a DriverError."""

    @property
    def counts(self) -> Counts:
        """What happened on the wire; all zero where nobody counts."""
        return Counts()

    @abstractmethod
    def open(self) -> Identity:
        """Finds the hand and asks who it is."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of the wire. Never raises, may be called twice."""

    @abstractmethod
    def move(self, positions: np.ndarray, gains: Gains, mode: Mode) -> HandReply:
        """Sends one command to all joints and waits for the hand's answer."""

    @abstractmethod
    def zero_touch(self, finger: int) -> None:
        """Makes what a fingertip feels now its zero; fingers count from the thumb."""


def side_of(letter: str, who: str) -> Side:
    """The side that a hand says it is; DriverError when it says neither."""
    if letter not in SIDES:
        raise DriverError(
            f"{who}: it says that its side is {letter!r}, known are 'L' and 'R'. "
            "Set it with the maker's program."
        )
    return SIDES[letter]
