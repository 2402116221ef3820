"""synthesize: a dataset of scripted demonstrations, as many as were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xlvla_sdk import __version__
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import (
    ACTION,
    HORIZON,
    PHYSICS,
    RATE_HZ,
    STATE,
    THINGS,
    things_feature,
)
from xlvla_sdk.data.sidecar import Body, Sidecar, row_sides
from xlvla_sdk.data.simulated import Simulated
from xlvla_sdk.data.writer import DatasetWriter, written
from xlvla_sdk.demonstrating import demonstrator
from xlvla_sdk.errors import DataError, SpecError
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.sim.physics import engine_name, model_hash, physics_names
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Embodiment, Station
from xlvla_sdk.synthesis.attempt import Attempt, attempted
from xlvla_sdk.synthesis.crew import Heed, work
from xlvla_sdk.synthesis.pieces import Pieces

LARGEST = 0.1
"""Of a disturbance [rad]."""
HOPELESS = 10
"""So many failures, and ten for each success beyond: the demonstrator cannot do it."""


@dataclass(frozen=True)
class SynthPlan:
    """What is to be made.

    Attributes:
        task: The task's name.
        embodiment: The body, `xarm7+xhand:right`.
        episodes: How many are kept.
        seed: Of the first episode; each has the next one.
        noise: How much the demonstrator is perturbed; standard deviation of its waypoints [m].
        disturbance: How far arms are pushed off their way, each joint; standard deviation [rad]. Rows
            say where they should have been.
        keep_failures: Keeps every episode, so that `episodes` are tried.
        station: Where arms stand and how hands are mounted.
    """

    task: str
    embodiment: str
    episodes: int
    seed: int = 0
    noise: float = 0.0
    disturbance: float = 0.0
    keep_failures: bool = False
    station: Station = field(default_factory=Station)

    @property
    def body(self) -> Embodiment:
        """The embodiment itself; UnknownDevice or SpecError when there is none."""
        return registry().embodiment(self.embodiment)

    def world(self) -> World:
        """The body before the task's scene."""
        return build_world(self.body, self.station, find_task(self.task).scene)

    def check(self) -> None:
        """Refuses what cannot begin.

        Raises:
            UnknownDevice, SpecError: No such body or task, or a body that cannot demonstrate it.
        """
        if self.episodes < 1:
            raise SpecError(f"{self.episodes} episodes are no dataset. Ask for one at least.")
        if self.seed < 0:
            raise SpecError(f"seed {self.seed} is below zero. Seeds count from 0.")
        if not 0.0 <= self.disturbance <= LARGEST:
            raise SpecError(
                f"a disturbance of {self.disturbance:g} rad is none, or moves arms into the table. Give "
                f"0 to {LARGEST:g}; 0.01 shows the way back."
            )
        demonstrator(self.task, self.body, self.seed, noise=self.noise, station=self.station)


@dataclass(frozen=True)
class Synthesized:
    """What came of a plan.

    Attributes:
        attempts: Episodes that were simulated.
        successes: Those that the task's judge called done.
        kept: Those that are in the dataset.
        rows: Rows of those.
        failures: What went wrong in the others and how often, the most frequent first.
        seconds: Simulated time of those kept [s].
    """

    attempts: int
    successes: int
    kept: int
    rows: int
    failures: dict[str, int]

    @property
    def rate(self) -> float:
        """Successes over attempts."""
        return self.successes / self.attempts

    @property
    def seconds(self) -> float:
        """Simulated time of the rows [s]."""
        return self.rows / RATE_HZ


Told = Callable[[int, int, int], None]
"""Is called with how many succeeded, how many were tried, and how many are wanted."""


def synthesize(
    plan: SynthPlan,
    out: Path,
    *,
    version: str = "v3.0",
    processes: int = 1,
    told: Told | None = None,
) -> Synthesized:
    """Writes a dataset of raw joints from simulated demonstrations, without pictures.

    Rows are 0.05 s apart. Beside joints stands the simulation's whole state (`physics`), from which
    `render` draws pictures, and where things are (`things`). Only episodes that the task's judge
    called done are kept. The same plan gives the same rows, however many processes work on it. One
    that is interrupted is gone on with when it is asked for again.

    Args:
        plan: What is made.
        out: A folder that does not exist yet.
        version: `v3.0` or `v2.1`.
        processes: How many simulate side by side.
        told: Is told of progress.

    Raises:
        UnknownDevice, SpecError: As `SynthPlan.check` says.
        DataError: The folder exists, or is being made by another process; the demonstrator fails
            more than nine times in ten.
    """
    plan.check()
    world = plan.world()
    said = {
        **_said(plan),
        "sdk": __version__,
        "model": model_hash(world.model),
        "engine": engine_name(),
    }
    with Pieces(out, said, ".npz") as pieces:
        tally = _Tally(plan, pieces, told)
        work(_Job(plan, pieces.folder), processes, tally.ask, tally.tell)
        return _assembled(plan, world, pieces, tally.attempts, out, version)


def simulated(plan: SynthPlan, world: World, attempt: Attempt) -> Simulated:
    """What a dataset notes of an attempt."""
    places = plan.station.model_dump(mode="json", include={"task_base", "mounts"})
    return Simulated(
        plan.body.name,
        plan.task,
        attempt.seed,
        attempt.success,
        attempt.done_s,
        plan.noise,
        model_hash(world.model),
        engine_name(),
        {key: value for key, value in places.items() if value},
        plan.disturbance,
    )


def _said(plan: SynthPlan) -> dict[str, object]:
    """All that decides what an attempt holds, and how many there are to be."""
    return {**vars(plan), "station": plan.station.model_dump(mode="json", exclude={"addresses"})}


@dataclass(frozen=True)
class _Job:
    """An attempt is a piece; its number is counted from the plan's first seed."""

    plan: SynthPlan
    folder: Path

    @contextmanager
    def worker(self) -> Iterator[Callable[[int, Heed], str]]:
        plan, world, task = self.plan, self.plan.world(), find_task(self.plan.task)

        def do(number: int, heed: Heed) -> str:
            more = {
                "noise": plan.noise,
                "disturbance": plan.disturbance,
                "station": plan.station,
                "heed": heed,
            }
            attempt = attempted(world, task, plan.seed + number, **more)
            attempt.save(self.folder / f"{number:06d}.npz")
            return attempt.failure

        yield do


class _Tally:
    """Which attempts are there, and whether another is wanted."""

    def __init__(self, plan: SynthPlan, pieces: Pieces, told: Told | None) -> None:
        self._plan, self._pieces, self._told = plan, pieces, told
        self._next = self._failed = 0
        self.successes = 0
        self._last = ""

    @property
    def attempts(self) -> int:
        """How many numbers were given out."""
        return self._next

    def ask(self, flying: int) -> int | None:
        """The next attempt; none while those on their way may be enough."""
        while self._wanted(flying):
            number, self._next = self._next, self._next + 1
            found = Attempt.load(self._pieces.path(number))
            if found is None:
                return number
            self._count(found.failure)
        return None

    def tell(self, number: int, failure: str) -> None:  # noqa: ARG002
        """Takes notice of what came of an attempt."""
        self._count(failure)
        if self._told is not None:
            done = self.successes + self._failed
            self._told(self.successes, done, self._plan.episodes)

    def _wanted(self, flying: int) -> bool:
        counted = self.successes + (self._failed if self._plan.keep_failures else 0)
        return counted + flying < self._plan.episodes

    def _count(self, failure: str) -> None:
        self.successes += not failure
        self._failed += bool(failure)
        self._last = failure or self._last
        hopeless = self._failed >= HOPELESS + 10 * self.successes
        if hopeless and not self._plan.keep_failures:
            raise DataError(
                f"{self._plan.embodiment} fails at {self._plan.task}: {self._failed} of "
                f"{self._failed + self.successes} episodes, the last of them: {self._last}. Look "
                "at one with --keep-failures and `xlvla data render`, or name another body or task."
            )


def _assembled(
    plan: SynthPlan, world: World, pieces: Pieces, attempts: int, out: Path, version: str
) -> Synthesized:
    """Writes the dataset from the attempts, in the order of their seeds."""
    body = plan.body
    joints = Feature("float32", (len(body.joints),), list(body.joints))
    names = physics_names(world.model)
    features = {STATE: joints, ACTION: joints}
    features[PHYSICS] = Feature("float64", (len(names),), list(names))
    features[THINGS] = things_feature([thing.name for thing in find_task(plan.task).scene.loose])
    sides = row_sides(Raw1(body, plan.station))
    whose = Body.of(body, {}, plan.station)
    sidecar = Sidecar(None, None, sides, RATE_HZ, HORIZON, 0.0, (whose,))
    more = {"robot_type": body.name, "sidecar": sidecar}
    failures: Counter[str] = Counter()
    kept = rows = 0
    with written(out, features, RATE_HZ, version, **more) as writer:
        for number in range(attempts):
            attempt = Attempt.load(pieces.path(number))
            assert attempt is not None, "it was saved whole"
            failures.update([attempt.failure] if attempt.failure else [])
            if (attempt.success or plan.keep_failures) and len(attempt.state):
                _add(writer, attempt, simulated(plan, world, attempt))
                kept, rows = kept + 1, rows + len(attempt.state)
    told = dict(failures.most_common())
    return Synthesized(attempts, attempts - failures.total(), kept, rows, told)


def _add(writer: DatasetWriter, attempt: Attempt, place: Simulated) -> None:
    columns: dict[str, np.ndarray] = {
        STATE: attempt.state,
        ACTION: attempt.action,
        PHYSICS: attempt.physics,
        THINGS: attempt.things,
    }
    writer.add(columns, [attempt.instruction] * len(attempt.state), simulated=place)
