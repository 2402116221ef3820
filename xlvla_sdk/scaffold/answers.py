"""What a person may say beforehand, and what is asked where it was not said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlvla_sdk.specs import Side


@dataclass(frozen=True)
class Answers:
    """What is known about a hand from elsewhere; it goes before all that is found.

    Attributes:
        side: Which hand it is; of a robot with two, which of them.
        wrist: The link that the hand begins at.
        tips: Finger name to a link of that finger: its tip, or any link further out than the palm.
    """

    side: Side | None = None
    wrist: str | None = None
    tips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What could not be decided, and how to answer it.

    Attributes:
        topic: What it is about: `hand`, `side`, or the name of a finger, `thumb`.
        what: The question with what speaks for either answer, one sentence or two.
        choices: What may be answered: link names, sides or wrist links.
        option: How the answer is given on a command line, `--tip thumb=LINK`.
    """

    topic: str
    what: str
    choices: tuple[str, ...]
    option: str

    def __str__(self) -> str:
        return f"{self.what} Answer with {self.option}; one of: {', '.join(self.choices)}."
