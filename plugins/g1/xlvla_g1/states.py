"""States: the robot's newest state, and how old it can be at most."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from xlvla_g1.frames import State, parse_state
from xlvla_sdk.drivers import Transport
from xlvla_sdk.errors import DriverError

FRESH_S = 0.05
"""Older than this a state is not used but waited for [s]; the robot sends one every 0.002 s."""
WAIT_S = 0.2
"""How long a state is waited for [s]: a hundred of the robot's."""
LATE_TICKS = 1000
"""A message further behind than this is no late one: the robot's counter began anew."""
TICKS = 1 << 32


@dataclass
class Heard:
    """What came on the line.

    Attributes:
        taken: Messages that were the newest state.
        damaged: Messages of another length or encoding, with a wrong checksum or no number in them.
        old: Messages that were not newer than the last.
    """

    taken: int = 0
    damaged: int = 0
    old: int = 0


class States:
    """Reads states off a line that keeps only the newest.

    A message does not say when it came. It came after the line was emptied the last time: so old it
    is at most.

    Args:
        port: Gives `rt/lowstate` messages.
        who: The robot, for messages.
        now: Gives the time [s].
        wait_s: How long a state is waited for [s].

    Attributes:
        heard: What came so far.
        last: The newest state; None before the first.
        came_s: When it was taken off the line [s].
        restarted: Whether the robot's counter began anew; it stays so.
    """

    def __init__(
        self,
        port: Transport,
        who: str,
        now: Callable[[], float] = time.monotonic,
        wait_s: float = WAIT_S,
    ) -> None:
        self.heard = Heard()
        self.last: State | None = None
        self.restarted = False
        self._port, self._who, self._now, self._wait_s = port, who, now, wait_s
        self._came_after_s = self._emptied_s = self.came_s = now()

    @property
    def age_s(self) -> float:
        """How old the last state can be at most [s]; infinite when there is none."""
        return float("inf") if self.last is None else self._now() - self._came_after_s

    def poll(self, wait_s: float = 0.0) -> None:
        """Takes what has come, waiting for it no longer than this [s]."""
        began_s = self._now()
        if frame := self._port.read(wait_s):
            self._take(frame)
        self._emptied_s = began_s

    def fresh(self, wait_s: float | None = None) -> State:
        """The state of now.

        Args:
            wait_s: Another time to wait for it [s].

        Raises:
            DriverError: None came in time, or the robot was started anew.
        """
        wait_s = self._wait_s if wait_s is None else wait_s
        deadline = self._now() + wait_s
        self.poll()
        while self.age_s > FRESH_S and (left := deadline - self._now()) > 0.0:
            self.poll(left)
        if self.restarted:
            raise DriverError(
                f"{self._who}: the robot was started anew; it does not know what it was told. "
                "Nothing is sent any more. Open the driver again."
            )
        if self.last is None or self.age_s > FRESH_S:
            raise DriverError(
                f"{self._who}: no state on rt/lowstate for {wait_s:g} s{self._why()}. Check that the "
                "robot is on, its cable, and that interface and domain are the robot's."
            )
        return self.last

    def _why(self) -> str:
        return f" ({self.heard.damaged} damaged messages so far)" if self.heard.damaged else ""

    def _take(self, frame: bytes) -> None:
        state = parse_state(frame)
        if state is None:
            self.heard.damaged += 1
            return
        ahead = LATE_TICKS if self.last is None else (state.tick - self.last.tick) % TICKS
        behind = TICKS - ahead
        if ahead == 0 or behind <= LATE_TICKS:
            self.heard.old += 1
            return
        self.restarted |= behind < TICKS // 2
        self.heard.taken += 1
        self.last, self._came_after_s, self.came_s = state, self._emptied_s, self._now()
