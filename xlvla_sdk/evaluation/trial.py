"""Trial: one episode of a task, from one seed, in a world of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from xlvla_sdk.errors import SpecError, XlvlaError
from xlvla_sdk.evaluation.judge import Judge
from xlvla_sdk.evaluation.report import EpisodeResult
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy, RunSettings, SimClock, run_episode
from xlvla_sdk.sim import Simulation, World
from xlvla_sdk.sim.film import Film
from xlvla_sdk.sim.scene_state import ROBOT
from xlvla_sdk.sim.task import Task
from xlvla_sdk.specs import Station

LOOKS_HZ = 10.0
"""How often the judge looks, in simulated time: ten times in the shortest second."""
SETTLE_S = 2.0
"""How long things may go on moving after a policy has ended [s]."""


@dataclass(frozen=True)
class EvaluationSettings:
    """How episodes are run.

    Attributes:
        rate_hz: Commands per second.
        latency_s: How long an answer travels, in simulated seconds: the time that the policy takes
            where it will run. How long it takes here does not matter.
        replan_s: How old a chunk is when the next takes over; see RunSettings.
        paraphrased: Tell the policy what to do in other words at every other seed.
        cameras: Names of the simulated cameras whose pictures the policy is given, besides those that
            it asks for itself; rendering them takes most of an evaluation's time.
        films: A folder for a film of every episode, `TASK-SEED.mp4`; none when left out.
        station: Where arms stand and how hands are mounted.
    """

    rate_hz: float = 50.0
    latency_s: float = 0.0
    replan_s: float | None = None
    paraphrased: bool = False
    cameras: tuple[str, ...] = ()
    films: Path | None = None
    station: Station = field(default_factory=Station)


class Trial:
    """One episode of one seed."""

    def __init__(
        self, world: World, task: Task, layout: Layout, settings: EvaluationSettings, seed: int
    ) -> None:
        self.task, self.layout, self.settings, self.seed = task, layout, settings, seed
        told = task.instructions[seed % len(task.instructions)]
        self.instruction = told if settings.paraphrased else task.instruction
        self.judge = Judge(task)
        self.clock = SimClock(latency_s=settings.latency_s)
        self.simulation = Simulation(world, now=self.clock.now)
        self.simulation.reset(task.reset(seed))
        self.cameras = {name: self.simulation.camera(name) for name in settings.cameras}
        self._check_clear()
        self.simulation.watch(LOOKS_HZ, self._look)

    def run(self, policy: Policy) -> EpisodeResult:
        """Runs the episode; what fails in it is its result.

        Raises:
            DataError: Its film cannot be written.
            DriverError: Its film cannot be rendered.
        """
        if self.settings.films is None:
            return self._run(policy)
        film = Film(self.simulation)
        result = self._run(policy)
        film.save(self.settings.films / f"{self.task.name}-{self.seed:04d}.mp4")
        return result

    def _run(self, policy: Policy) -> EpisodeResult:
        settings = RunSettings(
            rate_hz=self.settings.rate_hz,
            max_time_s=self.task.horizon_s,
            prompt=self.instruction,
            replan_s=self.settings.replan_s,
        )
        until_done = _UntilDone(policy, self.judge, self.simulation)
        try:
            report = run_episode(
                self.simulation.drivers,
                self.layout,
                until_done,
                self.clock,
                settings,
                cameras=self.cameras,
            )
            self.simulation.advance(0.0 if self.judge.done else SETTLE_S)
        except XlvlaError as error:
            return self._result(f"{type(error).__name__}: {error.message}")
        late = "the policy ended before it was done"
        failure = late if report.final else f"not done in {self.task.horizon_s:g} s"
        return self._result(failure, report.holds, report.limits_touched)

    def _result(self, failure: str, holds: int = 0, limits_touched: int = 0) -> EpisodeResult:
        return EpisodeResult(
            seed=self.seed,
            success=self.judge.done,
            failure="" if self.judge.done else failure,
            done_s=self.judge.done_s,
            duration_s=float(self.simulation.data.time),
            holds=holds,
            limits_touched=limits_touched,
            instruction=self.instruction,
        )

    def _look(self) -> None:
        self.judge.look(self.simulation.state)

    def _check_clear(self) -> None:
        for name, thing in self.simulation.state.things.items():
            if ROBOT in thing.touches:
                raise SpecError(
                    f"{self.layout.embodiment.name} touches the {name} of {self.task.name} before it "
                    f"has moved (seed {self.seed}). Give a --station where it stands elsewhere.",
                    seed=self.seed,
                )


class _UntilDone(Policy):
    """A policy whose episode is over when the task is done; told where things are if it asks."""

    def __init__(self, policy: Policy, judge: Judge, simulation: Simulation) -> None:
        self._policy = policy
        self._judge = judge
        self._simulation = simulation

    @property
    def name(self) -> str:
        return self._policy.name

    @property
    def metadata(self) -> Metadata:
        return self._policy.metadata

    def infer(self, observation: Observation) -> ActionChunk:
        """The policy's rows; one last row of where the body is when the task is done."""
        if not self._judge.done:
            return self._policy.infer(self._seen(observation))
        metadata = self.metadata
        return ActionChunk(
            observation.state[None], metadata.layout, 1.0 / metadata.rate_hz, final=True
        )

    def _seen(self, observation: Observation) -> Observation:
        """The observation, and where things are at the moment it is asked with."""
        if not self._policy.metadata.things:
            return observation
        things = self._simulation.state.things
        return replace(observation, things={name: thing.row for name, thing in things.items()})
