"""Arms are pushed off their way; what is noted is the way."""

from __future__ import annotations

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.demonstrating import DT, Disturbance, Instant, demonstrate
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import PUSH_CANS

BODY = embodiment("xarm7+xhand:right")
ARM = 7
SIZE = 0.02


class Stays:
    """Wants to be where it begins, for a second."""

    def __init__(self, start: np.ndarray) -> None:
        self.start = start
        self.rows = round(1.0 / DT)

    @property
    def over(self) -> bool:
        return self.rows == 0

    def qpos(self, state: SceneState) -> np.ndarray:
        self.rows = max(self.rows - 1, 0)
        return self.start


def pushes(seed: int, count: int) -> np.ndarray:
    lower, upper = BODY.limits
    middle, pushed = 0.5 * (lower + upper), Disturbance(BODY, SIZE, seed)
    return np.stack([pushed.onto(middle) for _ in range(count)]) - middle


def test_arms_are_pushed_by_what_was_asked_for_and_hands_not_at_all():
    found = np.concatenate([pushes(seed, 2000)[200:] for seed in range(4)])
    np.testing.assert_allclose(found[:, :ARM].std(axis=0), SIZE, rtol=0.2)
    assert np.abs(found[:, :ARM].mean(axis=0)).max() < 0.2 * SIZE
    assert not found[:, ARM:].any()


def test_pushes_are_smooth_and_follow_from_the_seed():
    found = pushes(3, 1000)[:, :ARM]
    np.testing.assert_array_equal(found, pushes(3, 1000)[:, :ARM])
    assert not np.array_equal(found, pushes(4, 1000)[:, :ARM])
    # A tenth of what white noise would jump by, and no corner larger than a step.
    steps = np.diff(found, axis=0)
    assert steps.std() < 0.2 * SIZE
    assert np.diff(steps, axis=0).std() < steps.std()


def test_nothing_is_pushed_beyond_its_limits():
    _, upper = BODY.limits
    pushed = Disturbance(BODY, 0.1, 0)
    for _ in range(100):
        assert (pushed.onto(upper) <= upper).all()


@pytest.mark.parametrize("size", [0.0, SIZE])
def test_rows_note_where_the_arm_should_be_and_measure_where_it_is(size: float):
    simulation = Simulation(build_world(BODY, scene=PUSH_CANS.scene))
    simulation.reset(PUSH_CANS.reset(0))
    mover, rows = Stays(simulation.world.start), list[Instant]()
    pushed = Disturbance(BODY, size, 0) if size else None
    demonstrate(mover, PUSH_CANS, simulation, rows.append, pushed)
    off = np.stack([row.qpos - mover.start for row in rows])[10:, :ARM]
    assert all(np.array_equal(row.target, mover.start) for row in rows)
    assert (np.abs(off).max() > 0.25 * SIZE) == (size > 0.0)
