"""How long after a signal a device has the frame that stops it: `xlvla move` and `xlvla run` in a process."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from openpi_client import msgpack_numpy
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from bench.driver_devices import Walked
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry
from xlvla_sdk.testing import JointRecord

GOAL_S = 0.05
"""From the signal to the stop frame [s]."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
LASTS_S = 2.0
"""How long the motion would take [s]."""
WAY = 0.5
"""How far it would go, as a part of each joint's range."""
BEGUN = 0.2
"""The signal comes when so much of it has been told."""
LONGEST_S = 60.0
"""How long a program may take to begin or to end [s]."""
ROWS = 64
HANGING = "run, hanging"
HEADER = ("device, wire", "program", "times", "median [ms]", "worst [ms]")


@dataclass
class Stops:
    """What came of one program's ends.

    Attributes:
        walked: The device.
        way: The program.
        taken_s: From each signal to the stop frame [s].
    """

    walked: Walked
    way: str
    taken_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.walked} ({self.way})"

    def row(self) -> tuple[str, ...]:
        """As the table has it."""
        times = (f"{1e3 * value:.1f}" for value in (median(self.taken_s), max(self.taken_s)))
        return (str(self.walked), self.way, str(len(self.taken_s)), *times)


def ways(walked: Walked) -> tuple[str, ...]:
    """The programs that are ended; `run` does the same whatever the device, so few devices do."""
    few = ("ability:right serial", "inspire:right serial")
    return ("move", "run", HANGING) if str(walked) in few else ("move",)


def stops(walked: Walked, way: str, times: int) -> Stops:
    """Starts a program, and ends it in the middle of its motion, so many times."""
    found, chance = Stops(walked, way), random.Random(7)
    for turn in range(times):
        found.taken_s.append(_stopped(walked, way, SIGNALS[turn % 2], chance.uniform(0.0, 0.02)))
        print(f"{found}: {1e3 * found.taken_s[-1]:.1f} ms")
    return found


def _stopped(walked: Walked, way: str, number: signal.Signals, later_s: float) -> float:
    """How long the stop frame took [s]."""
    with walked.emulator(timed=True) as emulator, TemporaryDirectory() as folder:
        record = emulator.joints.record = JointRecord()
        start = emulator.qpos(emulator.joints.position(time.monotonic()))
        goal = _goal(walked, start)
        watched = Watched(emulator, record, start, goal)
        hangs = threading.Event()
        with _program(
            walked, way, start, goal, str(emulator.address), Path(folder), hangs
        ) as program:
            waiting = way == HANGING
            watched.wait_for(program, hangs.is_set if waiting else lambda: watched.part >= BEGUN)
            time.sleep(later_s)  # anywhere in a period
            signalled_s = time.monotonic()
            program.send_signal(number)
            said = program.communicate(timeout=LONGEST_S)[1]
        status = program.returncode
        if status != STATUS[number]:
            raise RuntimeError(f"{walked} ({way}) ended with {status}, said: {said[-2000:]}")
        found_s = watched.last_frame_s() if waiting else watched.stop_frame_s(signalled_s)
        return found_s - signalled_s


class Watched:
    """How far a device was told to go, frame by frame.

    Args:
        emulator: The device.
        record: What its joints are told.
        start: Where they stood [rad].
        goal: Where the motion goes [rad].
    """

    def __init__(
        self, emulator: Any, record: JointRecord, start: np.ndarray, goal: np.ndarray
    ) -> None:
        self._emulator = emulator
        self._record = record
        self._start = start
        self._way = goal - start

    def told(self) -> list[tuple[float, float]]:
        """When it was told something [s], and how much of the way that was, 0 to 1."""
        last = {when_s: target for when_s, target, _ in list(self._record.told)}  # of each frame
        square = float(self._way @ self._way)
        return [
            (when_s, float((self._emulator.qpos(target) - self._start) @ self._way) / square)
            for when_s, target in last.items()
        ]

    @property
    def part(self) -> float:
        """How much of the way it was told to go last."""
        told = self.told()
        return told[-1][1] if told else 0.0

    def wait_for(self, program: subprocess.Popen[str], ready: Callable[[], bool]) -> None:
        """Waits until the program is where it is to be ended."""
        ends_s = time.monotonic() + LONGEST_S
        while not ready():
            if program.poll() is not None or time.monotonic() > ends_s:
                program.kill()
                raise RuntimeError(f"it did not move: {program.communicate()[1][-2000:]}")
            time.sleep(0.002)

    def last_frame_s(self) -> float:
        """When the last frame came: where nothing moves the first of a stop looks like any other."""
        return self.told()[-1][0]

    def stop_frame_s(self, signalled_s: float) -> float:
        """When the first frame came that asks for no more motion than the last before the signal.

        Raises:
            RuntimeError: None came, or one after it asked for more.
        """
        told = self.told()
        furthest = max(part for when_s, part in told if when_s <= signalled_s)
        stopped_s = None
        for when_s, part in told:
            if when_s <= signalled_s:
                continue
            further = part > furthest + 1e-6
            if further and stopped_s is not None:
                raise RuntimeError(f"after its stop it was told to go on, to {part:.3f} of the way")
            furthest = max(furthest, part)
            if not further and stopped_s is None:
                stopped_s = when_s
        if stopped_s is None:
            raise RuntimeError("no stop frame came")
        return stopped_s


def _goal(walked: Walked, start: np.ndarray) -> np.ndarray:
    """Some way towards the further limits, for joints that can be told."""
    spec = walked.device.spec
    lower, upper = spec.limits
    away = np.where(start - lower > upper - start, -WAY, WAY) * (upper - lower)
    goal = np.clip(start + away, lower, upper)
    passive = [joint not in _commanded(walked) for joint in spec.joints]
    return np.where(passive, start, goal)


def _commanded(walked: Walked) -> tuple[str, ...]:
    with walked.emulator(timed=False) as emulator:
        return walked.driver(emulator.address).commanded


@contextmanager
def _program(
    walked: Walked,
    way: str,
    start: np.ndarray,
    goal: np.ndarray,
    address: str,
    folder: Path,
    hangs: threading.Event,
) -> Iterator[subprocess.Popen[str]]:
    words = ["--address", address, "--yes"]
    if way == "move":
        named = zip(walked.device.spec.joints, goal, goal - start, strict=True)
        joints = [f"--joint={name}={angle:.6f}" for name, angle, far in named if far]
        speed = float(np.abs((goal - start) / walked.device.spec.velocity_limits).max()) / LASTS_S
        with _started(
            ["move", walked.name, *joints, f"--speed={min(1.0, speed):.4f}", *words]
        ) as it:
            yield it
        return
    words += ["--driver", "hardware", "--speed", "1", "--layout", "raw-1"]
    if way == "run":
        file = folder / "motion.npz"
        _recording(walked, start, goal).save(file)
        with _started(["run", walked.name, f"--policy=replay:{file}", *words]) as it:
            yield it
        return
    with (
        _server_that_hangs(_rows(walked, start, goal), hangs) as server,
        _started(["run", walked.name, f"--policy={server}", *words]) as it,
    ):
        yield it


@contextmanager
def _started(words: list[str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", "from xlvla_sdk.cli import main; main()", *words]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def _ramp(start: np.ndarray, goal: np.ndarray, rows: int) -> np.ndarray:
    return start + np.linspace(0.0, 1.0, rows)[:, None] * (goal - start)


def _recording(walked: Walked, start: np.ndarray, goal: np.ndarray) -> Recording:
    rows = _ramp(start, goal, round(50 * LASTS_S))
    time_s = np.linspace(0.0, LASTS_S, len(rows))
    return Recording(rows, None, walked.device.spec.joints, time_s, "a ramp")


def _rows(walked: Walked, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    layout = make_layout("raw-1", registry().embodiment(walked.name), {})
    return np.array([layout.encode(row) for row in _ramp(start, goal, ROWS)], np.float32)


def _packed(message: dict[str, Any]) -> bytes:
    frame = msgpack_numpy.packb(message)
    assert isinstance(frame, bytes)
    return frame


@contextmanager
def _server_that_hangs(rows: np.ndarray, hangs: threading.Event) -> Iterator[str]:
    """A plain openpi server: two answers, to the first of which the body only moves; then none."""
    ended = threading.Event()

    def answer(connection: ServerConnection) -> None:
        try:
            connection.send(_packed({}))
            for _ in range(2):
                connection.recv()
                connection.send(_packed({"actions": rows}))
            connection.recv()
            hangs.set()
            ended.wait()
        except ConnectionClosed:
            return

    with serve(answer, "127.0.0.1", 0, compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        host, port = server.socket.getsockname()[:2]
        try:
            yield f"ws://{host}:{port}"
        finally:
            ended.set()
            server.shutdown()
    thread.join()
