"""CheckResult: what one check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from xlvla_sdk.errors import XlvlaError


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Attributes:
        name: The check.
        ok: Whether it passed.
        text: What was found.
        mend: How to mend it; None when there is nothing to mend.
    """

    name: str
    ok: bool
    text: str
    mend: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def passed(name: str, text: str) -> CheckResult:
    """A check that found nothing wrong."""
    return CheckResult(name, True, text)


def failed(name: str, text: str, mend: str) -> CheckResult:
    """A check that found something wrong."""
    return CheckResult(name, False, text, mend)


def refused(name: str, error: XlvlaError) -> CheckResult:
    """A check that ended in one of our errors, whose first sentence says what and the rest how."""
    text, _, mend = error.message.partition(". ")
    return CheckResult(name, False, text.rstrip("."), mend or None)
