"""Finding: what a check says of a dataset, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAIL = "FAIL"
    UNTOLD = "untold"
    """Nothing in the dataset can tell."""


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    Attributes:
        check: What was looked at: `limits`, `units`, `order`, ...
        verdict: How it ended.
        what: What was found and where.
        mend: What to do; '' where nothing is to do.
    """

    check: str
    verdict: Verdict
    what: str
    mend: str = ""


def ok(check: str, what: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check, Verdict.OK, what)


def fail(check: str, what: str, mend: str) -> Finding:
    """Something is wrong."""
    return Finding(check, Verdict.FAIL, what, mend)


def untold(check: str, what: str) -> Finding:
    """What no check of the dataset can see."""
    return Finding(check, Verdict.UNTOLD, what)
