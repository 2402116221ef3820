"""demonstrate: a demonstrator moves a simulated body, and the task's judge says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.disturbance import Disturbance
from xlvla_sdk.demonstrating.waypoint import DT
from xlvla_sdk.evaluation import Judge
from xlvla_sdk.policy.body import Body
from xlvla_sdk.sim import Simulation
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Task

SETTLE_S = 2.0
"""How long things may go on moving after the mover has ended [s]."""
COMMANDS = 5
"""Commands for each target: one every 10 ms, evenly on the way from the target before."""


@runtime_checkable
class Mover(Protocol):
    """What moves a body for an episode: a `Demonstrator`, or rows that are played again.

    Attributes:
        start: The whole qpos it begins at [rad, m].
    """

    start: Float[np.ndarray, " D"]

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        ...

    def qpos(self, state: SceneState) -> Float[np.ndarray, " D"]:
        """Where every joint is to be 0.05 s from now; asked for once every 0.05 s."""
        ...


@dataclass(frozen=True)
class Instant:
    """One row of a demonstration.

    Attributes:
        time_s: Since the episode began; rows are 0.05 s apart.
        qpos: The measured whole qpos, within the limits [rad, m].
        target: Where every joint is to be in the next row: the action [rad, m].
        state: Where things are.
    """

    time_s: float
    qpos: Float[np.ndarray, " D"]
    target: Float[np.ndarray, " D"]
    state: SceneState


@dataclass(frozen=True)
class Demonstration:
    """What came of an episode.

    Attributes:
        done_s: Since when the task has been done, as its judge says [s]; None when it was not.
        duration_s: How long the episode took [s].
        limits_touched: Commands that asked for more than a velocity limit.
    """

    done_s: float | None
    duration_s: float
    limits_touched: int

    @property
    def success(self) -> bool:
        """Whether the task was done."""
        return self.done_s is not None


def demonstrate(
    mover: Mover,
    task: Task,
    simulation: Simulation,
    note: Callable[[Instant], None] | None = None,
    disturbance: Disturbance | None = None,
) -> Demonstration:
    """Plays one episode through the body's checked drivers, in simulated time.

    It ends when the task is done and the mover has nothing left to do, so that a hand that learns from it
    lets go and leaves as well; or after the task's horizon; or a while after the mover has ended.

    Args:
        mover: A fresh `Demonstrator`, or what else knows where joints are to be.
        task: What the judge goes by.
        simulation: Without a clock, its things where the episode begins.
        note: Told of every row, before its target is sent; it may look at the simulation.
        disturbance: What pushes the body off its way; rows are told where it should be.

    Raises:
        LimitViolation: A target that `SafeDriver` refuses.
        DriverError: The simulation has become unstable.
    """
    judge, begin_s = Judge(task), simulation.time_s
    target, sent, idle, row = mover.start, mover.start, 0, 0
    patience = round((task.hold_s + SETTLE_S) / DT)
    with Body(simulation.world.embodiment, simulation.drivers, lambda: simulation.time_s) as body:
        while row < round(task.horizon_s / DT) and idle < patience:
            state = simulation.state
            judge.look(state)
            if judge.done and mover.over:
                break
            target = mover.qpos(state)
            if note is not None:
                note(Instant(row * DT, body.inside(body.read()), target, state))
            before, sent = sent, target if disturbance is None else disturbance.onto(target)
            _move(body, simulation, before, sent)
            idle = idle + 1 if mover.over else 0
            row += 1
    done_s = None if judge.done_s is None else judge.done_s - begin_s
    return Demonstration(done_s, row * DT, body.limits_touched)


def _move(body: Body, simulation: Simulation, before: np.ndarray, target: np.ndarray) -> None:
    """From one target to the next in as many commands, and the time they take."""
    for part in np.arange(COMMANDS) / COMMANDS:
        body.command(before + part * (target - before))
        simulation.advance(DT / COMMANDS)
