"""Status: how an episode stands at this moment, for whoever looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """One period of an episode.

    Attributes:
        time_s: Since the episode's first row [s]; 0 before.
        rate_hz: Commands a second, over the last second.
        chunk_age_s: How long ago the chunk that is played was asked for [s]; None without one.
        answer_s: How long the last answer took, there and back [s]; None before the first.
        frame_age_s: How old the oldest camera's picture is [s]; None without cameras.
        limits_touched: Commands that asked for more than a velocity limit.
        standing: Why the body stands still, in a few words; None while it plays.
    """

    time_s: float
    rate_hz: float
    chunk_age_s: float | None
    answer_s: float | None
    frame_age_s: float | None
    limits_touched: int
    standing: str | None = None


Monitor = Callable[[Status], None]
"""Is told the status every period, by the loop itself: it has to return at once."""
