"""Pace: one period after the other, on a clock."""

from __future__ import annotations

from xlvla_sdk.leaving import heed
from xlvla_sdk.policy.clock import Clock


class Pace:
    """Keeps a loop at its period, counted from its beginning so that errors do not add up.

    A turn has two moments: it begins, and its command is due. What is between, `Clock.lead`, is
    for reading and working out, which takes now more and now less; commands go out evenly all the
    same.

    Args:
        clock: Whose time.
        period_s: What a turn of the loop should take [s].
    """

    def __init__(self, clock: Clock, period_s: float) -> None:
        self._clock = clock
        self._period_s = period_s
        self._lead_s = clock.lead * period_s
        self._begin_s = clock.now()
        self._turns = 0

    @property
    def due_s(self) -> float:
        """When this turn's command is due [s]."""
        return self._begin_s + self._turns * self._period_s + self._lead_s

    def until_due(self) -> None:
        """Waits until this turn's command is due; returns at once when that has passed."""
        self._clock.sleep_until(self.due_s)

    def next(self) -> None:
        """Waits for the next turn. Turns that were missed are left out, not made up for.

        Raises:
            SystemExit: A signal came, and whatever it raised was swallowed; see `leaving`.
        """
        heed()
        passed = int((self._clock.now() - self._begin_s) / self._period_s)
        self._turns = max(self._turns, passed) + 1
        self._clock.sleep_until(self._begin_s + self._turns * self._period_s)
