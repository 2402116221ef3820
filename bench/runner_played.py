"""One run of the runner against a server in a process of its own, and what is told from it."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from bench.bare_sleeps import beside
from bench.runner_servers import Wandering, posture_of
from xlvla_sdk.cli.bodies import body_layout
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.policy import (
    EpisodeLog,
    EpisodeReport,
    OpenPIClient,
    RemotePolicy,
    RunSettings,
    WallClock,
    run_episode,
)
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import ArmSpec, HandSpec

RATE_HZ = 100.0
CLOCK_TOLERANCE = 2e-3
"""Of the column that tells the time: what float32 and curves between rows leave."""


@dataclass(frozen=True)
class Case:
    """How a server is started."""

    name: str
    options: tuple[str, ...]


SLOW = (
    Case("20 ms", ("--takes-ms", "20")),
    Case("200 ms", ("--takes-ms", "200")),
    Case("800 ms", ("--takes-ms", "800")),
    Case("200 to 400 ms", ("--takes-ms", "200", "--jitter-ms", "200")),
)


class Noting(SimulatedDriver):
    """A simulated device that notes when it is commanded and held."""

    def __init__(self, spec: HandSpec | ArmSpec, now: Callable[[], float]) -> None:
        super().__init__(spec, now=now)
        if isinstance(spec, ArmSpec):
            self._qpos = posture_of(spec)
            self._target = self._qpos.copy()
        self.commanded_s: list[float] = []
        self.worked_s: list[float] = []

    def command(self, qpos: np.ndarray) -> None:
        self.commanded_s.append(time.monotonic())
        self.worked_s.append(time.thread_time())
        super().command(qpos)


@dataclass
class Played:
    """What a run left.

    Attributes:
        body, case: What was run.
        layout: Its rows.
        log: Everything that was noted.
        commanded_s: When the first driver was called [s].
        worked_s: The loop's processor time then [s].
        report: None when the run ended in an error.
        error: The error's words.
        bare_ms: How far periods of a loop that only sleeps were off meanwhile, 99th percentile.
    """

    body: str
    case: str
    layout: Layout
    log: EpisodeLog
    commanded_s: np.ndarray
    worked_s: np.ndarray
    report: EpisodeReport | None
    error: str
    bare_ms: float

    def __str__(self) -> str:
        return f"{self.body}, {self.case}"

    def period_ms(self, percentile: float) -> float:
        """How far a period was from what it should have been [ms]."""
        errors = np.abs(np.diff(self.commanded_s) - 1.0 / RATE_HZ)
        return 1e3 * float(np.percentile(errors, percentile))

    @property
    def stale(self) -> int:
        """Commands whose row was of another moment than theirs, or that moved on after a chunk's end.

        At a chunk's end the body stands at its last row until something new comes.
        """
        began_s = self.log.chunks[0][0].begin_s
        chunks = {chunk.number: chunk for chunk, _ in self.log.chunks}
        policy, count, before = Wandering(self.layout), 0, None
        for time_s, row, at, target in zip(
            self.log.times, self.log.rows, self.log.playing, self.log.targets, strict=False
        ):
            if row is not None and at is not None:
                if chunks[at[0]].used_up(time_s):
                    moved = before is None or np.abs(target - before).max() > 1e-6
                    count += moved and chunks[at[0]].outdated(time_s)
                else:
                    count += _of_another_moment(policy, time_s - began_s, row)
            before = target
        return count

    def work_ms(self, percentile: float) -> float:
        """The loop's processor time from command to command [ms]."""
        return 1e3 * float(np.percentile(np.diff(self.worked_s), percentile))


def _of_another_moment(policy: Wandering, time_s: float, row: np.ndarray) -> bool:
    told = policy.rows(time_s + np.linspace(-2.0, 2.0, 9) / RATE_HZ)[:, policy.clock]
    return not (told.min() - CLOCK_TOLERANCE <= row[policy.clock] <= told.max() + CLOCK_TOLERANCE)


class Server:
    """A server in a process of its own, at one port from start to start."""

    def __init__(self, body: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.uri = f"ws://127.0.0.1:{self.port}"
        self._body = body
        self._process: subprocess.Popen[str] | None = None

    def start(self, options: Sequence[str]) -> None:
        """Returns once it listens."""
        words = [sys.executable, "-m", "bench.runner_servers", self._body, str(self.port)]
        self._process = subprocess.Popen([*words, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the server of {self._body} did not start")

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def served(body: str, case: Case) -> Iterator[Server]:
    """A server that is gone afterwards."""
    server = Server(body)
    server.start(case.options)
    try:
        yield server
    finally:
        server.kill()


def play(
    body: str,
    case: Case,
    seconds: float,
    meanwhile: Callable[[Server, EpisodeLog], None] | None = None,
    give_up_s: float = 10.0,
) -> Played:
    """Runs a body against a server.

    Args:
        body: What moves.
        case: How the server behaves.
        seconds: How long [s].
        meanwhile: Does something to the server, in a thread of its own.
        give_up_s: As the runner's settings have it.
    """
    print(f"{body}: {case.name}", flush=True)
    embodiment, clock, log = registry().embodiment(body), WallClock(), EpisodeLog()
    layout = body_layout(embodiment, None, None)
    drivers = [Noting(part, clock.now) for part in embodiment.parts]
    settings = RunSettings(rate_hz=RATE_HZ, max_time_s=seconds, give_up_s=give_up_s)
    report, error = None, ""
    with (
        served(body, case) as server,
        RemotePolicy(OpenPIClient(server.uri)) as policy,
        beside(seconds) as bare_ms,
    ):
        if meanwhile is not None:
            threading.Thread(target=meanwhile, args=(server, log), daemon=True).start()
        try:
            report = run_episode(drivers, layout, policy, clock, settings, log=log)
        except XlvlaError as raised:
            error = f"{type(raised).__name__}: {raised.message}"
        slept_ms = bare_ms()
    times = np.array(drivers[0].commanded_s), np.array(drivers[0].worked_s)
    return Played(body, case.name, layout, log, *times, report, error, slept_ms)
