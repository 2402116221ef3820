"""Health: what one look found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warn", "fail"]
"""`warn` keeps something from being used, or is used more slowly; `fail` is broken."""


@dataclass(frozen=True)
class Health:
    """What one look found.

    Attributes:
        name: What was looked at.
        state: How it is.
        text: What was found.
        mend: How to mend it; None where nothing is to be mended.
    """

    name: str
    state: State
    text: str
    mend: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)
