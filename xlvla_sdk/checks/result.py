"""CheckResult: what one check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from xlvla_sdk.errors import XlvlaError

Group = Literal["manifest", "description", "kinematics", "wire", "safety", "codec", "docs"]
"""What checks are about; the kit has a test for each group."""


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Attributes:
        name: The check.
        ok: Whether it passed.
        text: What was found.
        mend: How to mend it; None when there is nothing to mend.
        exempt: Why its failure is expected, as the package's `checks.toml` says; then `ok` is true.
    """

    name: str
    ok: bool
    text: str
    mend: str | None = None
    exempt: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """A check that has not been made yet.

    Attributes:
        name: As its result's.
        group: What it is about.
        subject: The device, and the wire where there is one, in words.
        make: Makes it; whatever is wrong is in the result.
    """

    name: str
    group: Group
    subject: str
    make: Callable[[], CheckResult]

    def __str__(self) -> str:
        return f"{self.subject} {self.name}"


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


def exempted(result: CheckResult, reason: str | None) -> CheckResult:
    """A result as its package declares it: a failure that it gives a reason for is none.

    An exemption that nothing needs is a failure of its own, so that none outlives its reason.
    """
    if reason is None:
        return result
    if result.ok:
        mend = f"Take '{result.name}' out of [exempt] in checks.toml."
        return failed(result.name, f"passes, and is exempt: {reason}", mend)
    return replace(result, ok=True, mend=None, exempt=reason)
