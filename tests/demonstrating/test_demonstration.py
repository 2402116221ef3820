"""A task is done by its script, by physics, and its judge says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating import DT, Demonstration, Instant, demonstrate, demonstrator
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.tasks import PUSH_CANS, TASKS, find_task

BODY, BOTH = "xarm7+xhand:right", "xarm7+xhand:both"


def episode(task_name: str, body_name: str, seed: int) -> tuple[Demonstration, list[Instant]]:
    task, body = find_task(task_name), embodiment(body_name)
    simulation = Simulation(build_world(body, scene=task.scene))
    simulation.reset(task.reset(seed))
    rows: list[Instant] = []
    return demonstrate(demonstrator(task, body, seed), task, simulation, rows.append), rows


def first_motion(seed: int, noise: float) -> np.ndarray:
    """What a demonstrator says first, of things in places that do not change with its seed."""
    body = embodiment(BODY)
    simulation = Simulation(build_world(body, scene=PUSH_CANS.scene))
    simulation.reset(PUSH_CANS.reset(0))
    script = demonstrator(PUSH_CANS, body, seed, noise=noise)
    return np.stack([script.qpos(simulation.state) for _ in range(40)])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("task", TASKS)
def test_the_task_is_done(task: str):
    result, rows = episode(task, BOTH if TASKS[task].hands else BODY, 0)
    assert result.success
    assert result.limits_touched == 0
    assert [row.time_s for row in rows] == pytest.approx(DT * np.arange(len(rows)))


@pytest.mark.slow
def test_rows_follow_from_seed_and_noise():
    first, again, other, plain = (
        first_motion(seed, noise) for seed, noise in ((1, 0.01), (1, 0.01), (2, 0.01), (1, 0.0))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, plain)


def test_a_body_without_arm_or_hand_is_refused():
    for name in ("xhand:right", "xarm7:right"):
        with pytest.raises(SpecError, match="no arm with a hand"):
            demonstrator("push-cans", embodiment(name), 0)


def test_a_task_without_a_script_is_refused():
    with pytest.raises(SpecError, match="nobody has written how it is done"):
        demonstrator(replace(PUSH_CANS, name="fill-bowl"), embodiment(BODY), 0)
    with pytest.raises(SpecError, match="Did you mean 'push-cans'"):
        demonstrator("push-can", embodiment(BODY), 0)
