"""Words: what a policy was told while it was trained, and how it hears what it is told later."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from xlvla_sdk.errors import PolicyError

logger = logging.getLogger(__name__)

PADDING = 0
"""Stands where a shorter text has no word."""
_WORD = re.compile(r"[a-z0-9]+")


def split(text: str) -> list[str]:
    """The words of an instruction or of a thing's name, in small letters."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class Words:
    """The words that a policy knows: those of its training, and no others.

    Attributes:
        known: In alphabetical order; the first has number 1.
    """

    known: tuple[str, ...]
    _told: set[str] = field(default_factory=set, repr=False, compare=False)

    @staticmethod
    def of(texts: Iterable[str]) -> Words:
        """All words of some texts."""
        return Words(tuple(sorted({word for text in texts for word in split(text)})))

    def numbers(self, text: str, policy: str) -> list[int]:
        """The known words' numbers; one that is not known is left out, which is said once.

        Args:
            text: An instruction, or a thing's name.
            policy: Who is told, for messages.

        Raises:
            PolicyError: When it holds words, and none of them is known.
        """
        words = split(text)
        places = {word: number for number, word in enumerate(self.known, start=1)}
        for word in sorted(set(words) - set(places) - self._told):
            self._told.add(word)
            logger.warning(
                "%s was never told '%s' in its training; the word is left out.", policy, word
            )
        numbers = [places[word] for word in words if word in places]
        if words and not numbers:
            raise PolicyError(
                f"{policy} knows no word of '{text}'. The words of its training are: "
                f"{', '.join(self.known) or 'none'}.",
                text=text,
            )
        return numbers


def padded(lists: list[list[int]]) -> Int[np.ndarray, "N W"]:
    """Lists of words as one array, one column at least."""
    rows = np.full((len(lists), max([1, *map(len, lists)])), PADDING, dtype=np.int64)
    for row, numbers in zip(rows, lists, strict=True):
        row[: len(numbers)] = numbers
    return rows
