"""Pace: one period after the other, on a clock."""

from __future__ import annotations

from xlvla_sdk.policy.clock import Clock


class Pace:
    """Keeps a loop at its period, counted from its beginning so that errors do not add up.

    Args:
        clock: Whose time.
        period_s: What a turn of the loop should take [s].

    Attributes:
        worst_error_s: The furthest a turn was from that [s].
    """

    def __init__(self, clock: Clock, period_s: float) -> None:
        self.worst_error_s = 0.0
        self._clock = clock
        self._period_s = period_s
        self._begin_s = self._last_s = clock.now()
        self._turns = 0

    def next(self) -> None:
        """Waits for the next turn. Turns that were missed are left out, not made up for."""
        self._turns += 1
        self._clock.sleep_until(self._begin_s + self._turns * self._period_s)
        now = self._clock.now()
        error_s = abs(now - self._last_s - self._period_s)
        self.worst_error_s = max(self.worst_error_s, error_s)
        self._last_s = now
        self._turns = max(self._turns, int((now - self._begin_s) / self._period_s))
