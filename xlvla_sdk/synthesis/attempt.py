"""Attempt: one simulated episode, whatever came of it, as rows of a dataset."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Float64

from xlvla_sdk.demonstrating import (
    DT,
    Demonstration,
    Demonstrator,
    Disturbance,
    Instant,
    demonstrate,
    demonstrator,
)
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.sim import Simulation, World
from xlvla_sdk.sim.physics import physics_row
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Task
from xlvla_sdk.specs import Station
from xlvla_sdk.storage import written_beside
from xlvla_sdk.synthesis.crew import Heed

WORDS = 2
"""Sets what is drawn for the words apart from what is drawn for places and for noise."""


@dataclass(frozen=True)
class Attempt:
    """One episode.

    Attributes:
        seed: Of where things began, of noise and words.
        instruction: What to do, in words.
        state: Measured joints [rad, m].
        action: Commanded joints: where they are to be in the next row [rad, m].
        physics: The simulation's state in every row; see `physics_names`.
        things: Where every loose thing is in every row, by name in order; see `ThingState.row`.
        done_s: Since when the task was done, as its judge says [s]; None when it was not.
        failure: What went wrong, in words; empty after a success.
        limits_touched: Commands that asked for more than a velocity limit.
    """

    seed: int
    instruction: str
    state: Float32[np.ndarray, "T D"]
    action: Float32[np.ndarray, "T D"]
    physics: Float64[np.ndarray, "T P"]
    things: Float32[np.ndarray, "T E"]
    done_s: float | None
    failure: str
    limits_touched: int

    @property
    def success(self) -> bool:
        """Whether the task was done."""
        return self.done_s is not None

    def save(self, path: Path) -> None:
        """Writes a file, whole or not at all."""
        done_s = np.nan if self.done_s is None else self.done_s
        with written_beside(path) as beside, beside.open("wb") as file:
            np.savez(file, **{**vars(self), "done_s": done_s})

    @staticmethod
    def load(path: Path) -> Attempt | None:
        """What was saved; None where nothing was, or where it is damaged."""
        try:
            with np.load(path) as file:
                done_s = float(file["done_s"])
                return Attempt(
                    int(file["seed"]),
                    str(file["instruction"]),
                    file["state"],
                    file["action"],
                    file["physics"],
                    file["things"],
                    None if np.isnan(done_s) else done_s,
                    str(file["failure"]),
                    int(file["limits_touched"]),
                )
        except (OSError, EOFError, ValueError, LookupError, zipfile.BadZipFile):
            return None


def attempted(
    world: World,
    task: Task,
    seed: int,
    *,
    noise: float,
    disturbance: float,
    station: Station | None,
    heed: Heed = lambda: None,
) -> Attempt:
    """Simulates one demonstration; what fails in it is its result.

    Args:
        world: The body before the task's scene.
        task: What is demonstrated.
        seed: Of where things begin, of noise and words.
        noise: How much the demonstrator is perturbed.
        disturbance: How far arms are pushed off their way [rad].
        station: What the world was built with.
        heed: Called in every row.

    Raises:
        SpecError: A body that cannot demonstrate, or a task without a script.
    """
    who = demonstrator(task, world.embodiment, seed, noise=noise, station=station)
    simulation, rows = Simulation(world), _Rows([], [], [], [])
    simulation.reset(task.reset(seed))

    def note(instant: Instant) -> None:
        heed()
        rows.add(instant, physics_row(simulation.data))

    pushed = Disturbance(world.embodiment, disturbance, seed) if disturbance > 0.0 else None
    failure, done_s, touched = "", None, 0
    try:
        done = demonstrate(_AsStored(who), task, simulation, note, pushed)
        done_s, touched = done.done_s, done.limits_touched
        failure = "" if done.success else why_not(task, done, "the demonstrator")
    except XlvlaError as error:
        failure = f"{type(error).__name__}: {error.message}"
    words = np.random.default_rng([seed, WORDS]).choice(np.array(task.instructions))
    return Attempt(seed, str(words), *rows.arrays(), done_s, failure, touched)


def why_not(task: Task, done: Demonstration, who: str) -> str:
    """Why a task was not done, in words that are the same for like failures."""
    if done.duration_s > task.horizon_s - DT:
        return f"not done in {task.horizon_s:g} s"
    return f"{who} ended before it was done"


@dataclass(frozen=True)
class _Rows:
    """What an episode has so far."""

    state: list[np.ndarray]
    action: list[np.ndarray]
    physics: list[np.ndarray]
    things: list[np.ndarray]

    def add(self, instant: Instant, physics: Float[np.ndarray, " P"]) -> None:
        self.state.append(instant.qpos)
        self.action.append(instant.target)
        self.physics.append(physics)
        self.things.append(things_row(instant.state))

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        state, action, physics, things = (
            np.stack(rows) if rows else np.zeros((0, 0))
            for rows in (self.state, self.action, self.physics, self.things)
        )
        return (
            state.astype(np.float32),
            action.astype(np.float32),
            physics,
            things.astype(np.float32),
        )


def things_row(state: SceneState) -> Float[np.ndarray, " E"]:
    """Where things are: their rows one after the other; none where a scene has none that is loose."""
    return np.concatenate([np.zeros(0), *(thing.row for thing in state.things.values())])


class _AsStored:
    """A demonstrator whose targets are the numbers that a dataset holds: played again, they move the
    body alike to the last bit."""

    def __init__(self, who: Demonstrator) -> None:
        self._who = who
        self.start = who.start

    @property
    def over(self) -> bool:
        return self._who.over

    def qpos(self, state: SceneState) -> Float[np.ndarray, " D"]:
        return self._who.qpos(state).astype(np.float32).astype(float)
