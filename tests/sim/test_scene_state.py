from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, model_of, settled
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene import FURNITURE, TABLE, Scene, add_scene
from xlvla_sdk.sim.scene_state import ROBOT, place_things, scene_state
from xlvla_sdk.sim.things import can

CANS = Scene("cans", (*FURNITURE, can("red"), can("blue")))


def test_what_touches_is_told_of_both():
    state = settled(CANS, {"red": at(0.1, 0.0), "blue": at(0.1, 0.0, 0.115)})
    assert state["red"].touches == {"table", "blue"}
    assert state["blue"].touches == {"red"}


def test_what_sleeps_still_touches():
    state = settled(CANS, {"red": at(0.1, 0.0), "blue": at(0.2, 0.1)}, 3.0, sleeping=True)
    assert state["red"].touches == {"table"}


def test_a_body_that_is_no_thing_is_the_robot():
    mujoco = load_mujoco()
    draft = mujoco.MjSpec()
    finger = draft.worldbody.add_body(name="finger", pos=(0.1, 0.0, 0.05))
    finger.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=(0.04, 0.0, 0.0))
    add_scene(mujoco, draft, CANS)
    model = draft.compile()
    data = mujoco.MjData(model)
    place_things(data, CANS, {"red": at(0.1, 0.0), "blue": at(0.3, 0.0)})
    state = scene_state(model, data, CANS)
    assert ROBOT in state["red"].touches
    assert ROBOT not in state["blue"].touches


def test_velocities_are_in_the_task_frame():
    """A can on its side, turned: spinning about its own axis, and moving."""
    model = model_of(CANS)
    data = load_mujoco().MjData(model)
    place_things(data, CANS, {"red": at(0.1, 0.0, 1.0, lying=True), "blue": at(0.3, 0.0)})
    joint = data.joint(CANS.thing("red").id)
    joint.qvel[:3] = 0.1, 0.2, 0.3  # MuJoCo counts it in the world
    joint.qvel[3:] = 0.0, 0.0, 2.0  # and this in the can
    red = scene_state(model, data, CANS)["red"]
    np.testing.assert_allclose(red.velocity, [0.1, 0.2, 0.3], atol=1e-12)
    np.testing.assert_allclose(red.angular_velocity, [2.0, 0.0, 0.0], atol=1e-12)
    assert red.tilt == pytest.approx(np.pi / 2)
    assert not red.rests()


def test_looking_changes_nothing():
    model = model_of(TABLE)
    watched, left_alone = (load_mujoco().MjData(model) for _ in range(2))
    for _ in range(20):
        load_mujoco().mj_step(model, watched)
        scene_state(model, watched, TABLE)
        load_mujoco().mj_step(model, left_alone)
    np.testing.assert_array_equal(watched.qpos, left_alone.qpos)
    np.testing.assert_array_equal(watched.qacc_warmstart, left_alone.qacc_warmstart)


def test_what_is_fixed_cannot_be_placed():
    data = load_mujoco().MjData(model_of(CANS))
    with pytest.raises(SpecError, match="'table' is fixed"):
        place_things(data, CANS, {"table": at(0.0, 0.0)})
