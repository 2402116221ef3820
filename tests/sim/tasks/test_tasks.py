"""What holds for every task."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from tests.sim.standing import settled
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.scene_state import GrainsState, SceneState, ThingState
from xlvla_sdk.sim.task import Area, Poses, Task, scattered
from xlvla_sdk.sim.tasks import TASKS, find_task
from xlvla_sdk.sim.things import TABLE_X, TABLE_Y

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
SEEDS = range(200)


@cache
def starts(name: str) -> tuple[Poses, ...]:
    return tuple(TASKS[name].reset(seed) for seed in SEEDS)


def in_place(task: Task, poses: Poses) -> dict[str, GrainsState]:
    """Every grain where it begins, at rest."""
    return {
        some.name: GrainsState(
            some.places @ poses[some.inside][:3, :3].T + poses[some.inside][:3, 3],
            np.zeros_like(some.places),
            (frozenset({some.inside}),) * len(some.places),
        )
        for some in task.scene.grains
    }


@every_task
def test_no_seed_begins_where_the_task_is_done(task: Task):
    for seed, poses in enumerate(starts(task.name)):
        things = {
            name: ThingState(T, np.zeros(3), np.zeros(3), frozenset({"table"}))
            for name, T in poses.items()
        }
        assert not task.success(SceneState(0.0, things, in_place(task, poses))), seed


@every_task
@pytest.mark.parametrize("seed", [0, 1])
def test_things_stay_where_they_begin(task: Task, seed: int):
    poses = task.reset(seed)
    state = settled(task.scene, poses)
    for name, T in poses.items():
        np.testing.assert_allclose(state[name].T_task_thing, T, atol=1e-3)
        assert state[name].touches - set(state.grains) == {"table"}
    assert not task.success(state)


@every_task
def test_reset_places_every_loose_thing_on_the_table(task: Task):
    for poses in starts(task.name):
        assert set(poses) == {thing.name for thing in task.scene.loose}
        for T in poses.values():
            assert TABLE_X[0] + 0.05 < T[0, 3] < TABLE_X[1] - 0.05
            assert TABLE_Y[0] + 0.05 < T[1, 3] < TABLE_Y[1] - 0.05
            np.testing.assert_allclose(T[2], [0.0, 0.0, 1.0, 0.0])


@every_task
def test_the_same_seed_gives_the_same_places_and_another_others(task: Task):
    first, again, other = task.reset(3), task.reset(3), task.reset(4)
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert not np.allclose(first[name], other[name])


@every_task
def test_a_task_says_what_to_do_in_several_ways(task: Task):
    assert len(set(task.instructions)) >= 3
    assert task.horizon_s > 0.0
    assert task.hold_s >= 0.5


def test_a_name_that_is_almost_right_is_understood():
    with pytest.raises(
        SpecError, match=r"no task is called 'push-can'\. Did you mean 'push-cans'\?"
    ):
        find_task("push-can")


def test_things_are_scattered_apart_and_uniformly():
    area = Area(x=(0.0, 1.0), y=(-1.0, 1.0))
    radii = {"a": 0.05, "b": 0.1, "c": 0.02}
    draws = [scattered(seed, radii, area, 0.1) for seed in SEEDS]
    for poses in draws:
        for first, second in combinations(poses, 2):
            apart = np.linalg.norm(poses[first][:2, 3] - poses[second][:2, 3])
            assert apart >= radii[first] + radii[second] + 0.1
    middles = np.array([poses["c"][:2, 3] for poses in draws])
    np.testing.assert_allclose(middles.mean(axis=0), [0.5, 0.0], atol=0.1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(SpecError, match=r"a, b do not fit into x \(0.0, 0.1\)"):
        scattered(0, {"a": 0.1, "b": 0.1}, Area((0.0, 0.1), (0.0, 0.1)), 0.0)
