"""Servers that fail in the middle of an episode: when the body held, and when it went on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.runner_played import Case, Played, Server, play
from xlvla_sdk.policy import EpisodeLog

AWAY_S = 3.0
"""How long a server that is started again was gone [s]."""
MOVES_S = 4.0
"""How long the body moves before somebody kills the server [s]."""
HEADER = (
    "the server",
    "held after [ms]",
    "resumed after [ms]",
    "questions asked again",
    "stale",
    "period error, p99 [ms]",
    "how it ended",
)


@dataclass
class Fault:
    """Something that goes wrong.

    Attributes:
        name: In words.
        options: Of the server.
        after: What it is started with after it was killed; None if it never is.
        killed: Whether it is killed.
        seconds: How long the run takes [s].
        give_up_s: As the runner's settings have it.
        back_s: When the server was there again, on the clock [s].
    """

    name: str
    options: tuple[str, ...] = ()
    killed: bool = False
    after: tuple[str, ...] | None = None
    seconds: float = 20.0  # more where a server starts again: its program needs seconds to load
    give_up_s: float = 10.0
    back_s: float | None = None

    @property
    def meanwhile(self) -> Callable[[Server, EpisodeLog], None] | None:
        """What happens to the server during the run."""
        return self._kill if self.killed else None

    def _kill(self, server: Server, log: EpisodeLog) -> None:
        while log.begin_s is None or time.monotonic() - log.begin_s < MOVES_S:
            time.sleep(0.01)
        server.kill()
        if self.after is not None:
            time.sleep(AWAY_S)
            server.start(("--takes-ms", "50", *self.after))
            self.back_s = time.monotonic()


FAULTS = (
    Fault("hangs, for ever on that connection", ("--fault", "hang", "--count", "1")),
    Fault("dies", killed=True, give_up_s=5.0),
    Fault("dies, is started again", killed=True, after=(), seconds=40.0, give_up_s=30.0),
    Fault("answers garbage twice", ("--fault", "garbage")),
    Fault("answers NaN twice", ("--fault", "nan")),
    Fault("answers 4.8 s late, twice", ("--fault", "late")),
    Fault(
        "is started again with another space",
        killed=True,
        after=("--space", "other@00000000"),
        seconds=40.0,
        give_up_s=30.0,
    ),
)


def row(body: str, fault: Fault) -> tuple[str, ...]:
    """One run, as the table has it."""
    case = Case(fault.name, ("--takes-ms", "50", *fault.options))
    played = play(body, case, fault.seconds, fault.meanwhile, fault.give_up_s)
    held_s, resumed_s = _standstill(played)
    return (
        fault.name,
        "–" if held_s is None else f"{1e3 * held_s:.0f}",
        _resumed(fault, resumed_s),
        str(played.report.failures) if played.report else "–",
        str(played.stale),
        f"{played.period_ms(99):.2f}",
        "played on to the end" if played.report else played.error.replace("\n", " "),
    )


def _standstill(played: Played) -> tuple[float | None, float | None]:
    """When the body held, after the end of the last chunk [s]; when it went on, on the clock [s]."""
    playing, times = played.log.playing, played.log.times
    held = next((at for at, what in enumerate(playing) if what is None), None)
    if held is None:
        return None, None
    before = playing[held - 1]
    assert before is not None
    ended_s = next(c.end_s for c, _ in played.log.chunks if c.number == before[0])
    again = next((at for at, what in enumerate(playing) if at > held and what is not None), None)
    return times[held] - ended_s, None if again is None else times[again]


def _resumed(fault: Fault, resumed_s: float | None) -> str:
    if resumed_s is None:
        return "–"
    return "by itself" if fault.back_s is None else f"{1e3 * (resumed_s - fault.back_s):.0f}"
