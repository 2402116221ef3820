"""Grains begin in their thing, are poured out of it, and are told apart from things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.sim.standing import at, model_of
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.grains import Grains, layered
from xlvla_sdk.sim.physics import physics_names
from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState, place_things, scene_state
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOWL_HEIGHT, BOWL_RADIUS, bowl
from xlvla_sdk.sim.vessels import JAR_RADIUS, WALL, jar

RADIUS, MASS, COUNT = 0.006, 0.002, 12
SUGAR = Grains("sugar", "jar", layered(COUNT, RADIUS, JAR_RADIUS - WALL, WALL), RADIUS, MASS)
SCENE = Scene("jar", (*FURNITURE, bowl(), jar()), grains=(SUGAR,))


def left_alone(poses: dict[str, np.ndarray], seconds: float) -> SceneState:
    model = model_of(SCENE, sleeping=True)
    data = load_mujoco().MjData(model)
    place_things(data, SCENE, poses)
    load_mujoco().mj_step(model, data, nstep=round(seconds / model.opt.timestep))
    return scene_state(model, data, SCENE)


def test_they_go_with_the_thing_that_they_begin_in():
    T = standing(0.2, -0.1, 0.7)
    sugar = left_alone({"jar": T, "bowl": standing(0.0, 0.2)}, 0.0).grains["sugar"]
    np.testing.assert_allclose(sugar.positions, SUGAR.places @ T[:3, :3].T + T[:3, 3])
    np.testing.assert_array_equal(sugar.velocities, 0.0)


def test_they_stay_in_a_jar_that_stands():
    state = left_alone({"jar": standing(0.2, -0.1), "bowl": standing(0.0, 0.2)}, 1.0)
    sugar, own = state.grains["sugar"], state.grains["sugar"].positions - (0.2, -0.1, 0.0)
    assert np.linalg.norm(own[:, :2], axis=1).max() < JAR_RADIUS - WALL - RADIUS + 1e-3
    assert own[:, 2].min() > WALL + RADIUS - 1e-3
    assert own[:, 2].max() < 0.05
    assert np.abs(sugar.velocities).max() < 0.01
    assert set().union(*sugar.touches) == {"jar", "sugar"}
    assert state["jar"].touches == {"table", "sugar"}


def test_they_fall_into_a_bowl_below_a_jar_upside_down():
    over = np.diag([1.0, -1.0, -1.0, 1.0])
    over[:3, 3] = 0.1, 0.0, BOWL_HEIGHT + 0.2
    state = left_alone({"jar": over, "bowl": standing(0.1, 0.0)}, 0.5)
    p = state.grains["sugar"].positions
    assert (np.linalg.norm(p[:, :2] - (0.1, 0.0), axis=1) < BOWL_RADIUS).all()
    assert (p[:, 2] < BOWL_HEIGHT + RADIUS).all()
    assert any("bowl" in touched for touched in state.grains["sugar"].touches)


def test_a_grain_on_the_table_does_not_roll_away():
    """It slides to a halt: after a push of 0.3 m/s within v^2 / (2 mu g), and a little."""
    model = model_of(SCENE)
    data = load_mujoco().MjData(model)
    place_things(data, SCENE, {"jar": standing(0.2, -0.3), "bowl": standing(0.0, 0.3)})
    for joint, q in zip(SUGAR.joints(0), (0.2, 0.0, RADIUS), strict=True):
        data.joint(joint).qpos[0] = q
    data.joint(SUGAR.joints(0)[0]).qvel[0] = 0.3
    load_mujoco().mj_step(model, data, nstep=500)
    x, speed = data.joint(SUGAR.joints(0)[0]).qpos[0], data.joint(SUGAR.joints(0)[0]).qvel[0]
    assert abs(speed) < 0.005
    assert x - 0.2 == pytest.approx(0.3**2 / (2 * 0.5 * 9.81), abs=0.004)


def test_a_state_names_no_grain_among_its_things():
    state = left_alone({"jar": standing(0.2, -0.1), "bowl": standing(0.0, 0.2)}, 0.0)
    assert set(state.things) == {"jar", "bowl"}
    assert len(state.grains["sugar"].positions) == COUNT


def test_physics_keeps_each_of_them():
    names = physics_names(model_of(SCENE))
    assert [name for name in names if name.startswith("qpos.scene/sugar/11/")] == [
        f"qpos.scene/sugar/11/{axis}" for axis in "xyz"
    ]


def test_layers_do_not_overlap_and_stay_inside():
    places = layered(40, 0.005, 0.03, 0.004)
    assert len(places) == 40
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(40)
    assert apart.min() >= 0.01
    assert np.linalg.norm(places[:, :2], axis=1).max() <= 0.025
    assert places[:, 2].min() == pytest.approx(0.009)


def test_what_cannot_be_is_refused():
    with pytest.raises(SpecError, match="grains 0 and 1 begin in each other"):
        Grains("sugar", "jar", np.zeros((2, 3)), 0.005, 0.001)
    with pytest.raises(SpecError, match=r"sugar: balls of 0\.005 m and 0 kg are none"):
        Grains("sugar", "jar", np.zeros((1, 3)), 0.005, 0.0)
    with pytest.raises(SpecError, match="do not fit into a vessel"):
        layered(1, 0.02, 0.01, 0.0)
    with pytest.raises(SpecError, match="has no 'cup'"):
        Scene("jar", (*FURNITURE, jar()), grains=(replace(SUGAR, inside="cup"),))
    with pytest.raises(SpecError, match="two called jar"):
        Scene("jar", (*FURNITURE, jar()), grains=(replace(SUGAR, name="jar"),))


def test_a_jar_that_lies_is_not_where_grains_begin():
    """They are placed in the frame of their thing, whatever its pose."""
    T = at(0.1, 0.0, 0.1, lying=True)
    sugar = left_alone({"jar": T, "bowl": standing(0.0, 0.3)}, 0.0).grains["sugar"]
    np.testing.assert_allclose(sugar.positions[:, 0], 0.1 + SUGAR.places[:, 2])
