from __future__ import annotations

import numpy as np

from xlvla_sdk.evaluation import Judge
from xlvla_sdk.sim.scene import EMPTY
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.task import Task

RAISED = Task(
    name="raised",
    scene=EMPTY,
    instruction="raise it",
    horizon_s=10.0,
    reset=lambda _: {},
    success=lambda state: bool(state["thing"].position[2] > 0.5),
    hold_s=1.0,
)


def judged(*heights: float) -> Judge:
    """Ten looks a second at a thing of these heights."""
    judge = Judge(RAISED)
    for number, height in enumerate(heights):
        T = np.eye(4)
        T[2, 3] = height
        thing = ThingState(T, np.zeros(3), np.zeros(3))
        judge.look(SceneState(number / 10.0, {"thing": thing}))
    return judge


def test_a_task_is_done_once_it_stayed_so_for_long_enough():
    judge = judged(*[0.0] * 5, *[1.0] * 11)
    assert judge.done
    assert judge.done_s == 0.5


def test_one_look_less_is_not_enough():
    assert not judged(*[0.0] * 5, *[1.0] * 10).done


def test_a_break_begins_it_anew():
    assert not judged(*[1.0] * 8, 0.0, *[1.0] * 8).done


def test_what_has_been_done_stays_done():
    assert judged(*[1.0] * 11, *[0.0] * 20).done_s == 0.0
