"""play: rows move a simulated body, and the task's judge says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating import Instant, demonstrate
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.sim import Simulation, World
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Task
from xlvla_sdk.synthesis.attempt import things_row, why_not
from xlvla_sdk.synthesis.joints import Joints

LEANING, LYING = 0.05, 1.0
"""From where on a thing that should stand is said to lean, and to lie [rad]."""


@dataclass(frozen=True)
class Played:
    """What came of rows that were played.

    Attributes:
        done_s: Since when the task was done [s]; None when it was not.
        failure: Why not, in words, and what things touched in the end; empty after a success.
        measured: The whole qpos before each row's command [rad, m].
        things: Where things are then, in the columns of an attempt's `things`.
    """

    done_s: float | None
    failure: str
    measured: Float[np.ndarray, "T D"]
    things: Float[np.ndarray, "T E"]


def play(world: World, task: Task, seed: int, joints: Joints) -> Played:
    """Plays rows on a body in simulation, 0.05 s a row, through its checked drivers.

    Args:
        world: The body before the task's scene.
        task: Whose judge says what came of it.
        seed: Of where things begin.
        joints: Where the body begins, `state[0]`, and its commands, `action`.
    """
    simulation = Simulation(world)
    rows: list[np.ndarray] = []
    things: list[np.ndarray] = []
    mover = _Rows(simulation, task, seed, joints)
    done_s, failure = None, ""

    def note(instant: Instant) -> None:
        rows.append(instant.qpos)
        things.append(things_row(instant.state))

    try:
        done = demonstrate(mover, task, simulation, note)
        done_s = done.done_s
        if not done.success:
            failure = f"{why_not(task, done, 'the rows')}; {how_left(simulation.state)}"
    except XlvlaError as error:
        failure = f"{type(error).__name__}: {error.message}"
    count, width = len(rows), len(things_row(simulation.state))
    measured = np.array(rows).reshape(count, len(joints.body.joints))
    return Played(done_s, failure, measured, np.array(things).reshape(count, width))


def how_left(state: SceneState) -> str:
    """How things were left, as in `box touches place and robot, lying`."""
    return ", ".join(
        f"{name} touches {' and '.join(sorted(thing.touches)) or 'nothing'}{_leaning(thing.tilt)}"
        for name, thing in state.things.items()
    )


def _leaning(tilt: float) -> str:
    return ", lying" if tilt > LYING else ", leaning" if tilt > LEANING else ""


class _Rows:
    """Rows as what moves a body; where the body begins is told to its simulation."""

    def __init__(self, simulation: Simulation, task: Task, seed: int, joints: Joints) -> None:
        own = simulation.world.start
        # The start of a simulation is stored in single precision; it is meant to the last bit.
        same = np.array_equal(own.astype(np.float32), joints.state[0].astype(np.float32))
        self.start = own if same else joints.state[0]
        simulation.reset(task.reset(seed), self.start)
        self._rows: Iterator[np.ndarray] = iter(joints.action)
        self._left = len(joints.action)
        self._last = self.start

    @property
    def over(self) -> bool:
        return self._left == 0

    def qpos(self, state: SceneState) -> Float[np.ndarray, " D"]:  # noqa: ARG002
        if self._left:
            self._left -= 1
            self._last = next(self._rows)
        return self._last
