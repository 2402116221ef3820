"""A task of a moment: the palm goes up a little, and a can that stands on the left is success."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from xlvla_sdk.demonstrating.demonstrator import SCRIPTS
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation
from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Poses, Task
from xlvla_sdk.sim.tasks import TASKS
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import can

BODY = "xarm7+xhand:right"
NAME = "lift"


def reset(seed: int) -> Poses:
    """Left, left, right, again and again: every third seed cannot be done."""
    return {"can": standing(0.2, -0.2 if seed % 3 == 2 else 0.2, 0.1 * seed)}


def success(state: SceneState) -> bool:
    return bool(state["can"].position[1] > 0.0 and state["can"].rests())


def lift(limbs: Sequence[Limb], situation: Situation) -> Script:
    limb = limbs[0]
    here = limb.here(situation.qpos[limb.columns])
    T = here.T_task_palm.copy()
    T[2, 3] += 0.03
    yield Plan(limb, (replace(here, T_task_palm=T, loose=1.0),))


LIFT = Task(
    name=NAME,
    scene=Scene("can", (*FURNITURE, can("can"))),
    instruction="lift your hand",
    paraphrases=("raise the hand", "hand up"),
    horizon_s=0.6,
    hold_s=0.25,
    reset=reset,
    success=success,
)


@contextmanager
def registered(task: Task = LIFT) -> Iterator[None]:
    """The task, or another of its name, among those that ship, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, NAME, task)  # pyright: ignore[reportArgumentType]
        patch.setitem(SCRIPTS, NAME, lift)  # pyright: ignore[reportArgumentType]
        yield


def same(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two arrays are the same to the last bit."""
    return first.dtype == second.dtype and first.tobytes() == second.tobytes()
