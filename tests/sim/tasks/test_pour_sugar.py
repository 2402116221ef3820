from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.sim.standing import at, held, model_of, moving, settled
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene_state import SceneState, place_things, scene_state
from xlvla_sdk.sim.tasks import POUR_SUGAR
from xlvla_sdk.sim.tasks.pour_sugar import BALL_RADIUS, BALLS, SUGAR
from xlvla_sdk.sim.things import BOWL_HEIGHT

STAND = {"jar": at(0.1, -0.15), "bowl": at(0.05, 0.1)}
GRAINS = POUR_SUGAR.scene.grains[0]


@cache
def spilled(in_bowl: int, on_table: int = 0) -> SceneState:
    """So many balls dropped into the bowl and so many on the table, the rest in the jar; settled."""
    model = model_of(POUR_SUGAR.scene)
    data = load_mujoco().MjData(model)
    place_things(data, POUR_SUGAR.scene, STAND)
    for number in range(in_bowl + on_table):
        p = np.array([0.05, 0.1, 0.0]) + GRAINS.places[number]
        if number >= in_bowl:
            p = np.array([0.25, -0.3 + 0.02 * number, BALL_RADIUS])
        for joint, q in zip(GRAINS.joints(number), p, strict=True):
            data.joint(joint).qpos[0] = q
    load_mujoco().mj_step(model, data, nstep=300)
    return scene_state(model, data, POUR_SUGAR.scene)


def test_most_of_it_in_the_bowl():
    assert POUR_SUGAR.success(spilled(BALLS))
    assert POUR_SUGAR.success(spilled(round(0.8 * BALLS)))
    assert not POUR_SUGAR.success(spilled(round(0.7 * BALLS)))


def test_little_may_lie_on_the_table():
    assert POUR_SUGAR.success(spilled(BALLS - 3, 3))
    assert not POUR_SUGAR.success(spilled(BALLS - 4, 4))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("thing", ["jar", "bowl"])
def test_nothing_may_be_held_or_moving(spoil, thing: str):
    assert not POUR_SUGAR.success(spoil(spilled(BALLS), thing))


def test_balls_that_still_move_or_are_touched_do_not_count():
    state = spilled(BALLS)
    balls = state.grains[SUGAR]
    flying = replace(balls, velocities=balls.velocities + np.array([0.0, 0.0, 0.05]))
    assert not POUR_SUGAR.success(replace(state, grains={SUGAR: flying}))
    touched = replace(balls, touches=tuple(names | {"robot"} for names in balls.touches))
    assert not POUR_SUGAR.success(replace(state, grains={SUGAR: touched}))


def test_a_jar_that_was_knocked_over_has_poured_nothing():
    lying = at(-0.04, 0.1, BOWL_HEIGHT + 0.05, lying=True)
    state = settled(POUR_SUGAR.scene, {"jar": lying, "bowl": at(0.15, 0.1)}, 1.0)
    assert not POUR_SUGAR.success(state)
    beside = settled(POUR_SUGAR.scene, STAND | {"jar": at(-0.05, -0.2, 0.034, lying=True)}, 1.0)
    assert not POUR_SUGAR.success(beside)


def test_a_jar_upside_down_in_the_bowl_has_poured_nothing():
    over = np.diag([1.0, -1.0, -1.0, 1.0])
    over[:3, 3] = 0.05, 0.1, 0.16
    state = settled(POUR_SUGAR.scene, STAND | {"jar": over}, 1.0)
    assert state["jar"].tilt > 3.0
    assert not POUR_SUGAR.success(state)


def test_a_jar_that_stands_in_the_bowl_has_poured_nothing():
    assert not POUR_SUGAR.success(
        settled(POUR_SUGAR.scene, STAND | {"jar": at(0.05, 0.1, 0.006)}, 1.0)
    )
