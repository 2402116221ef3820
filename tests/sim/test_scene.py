from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, model_of, settled
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene import EMPTY, SCENES, TABLE, Scene, add_scene, find_scene
from xlvla_sdk.sim.shapes import Primitive
from xlvla_sdk.sim.thing import Thing, standing, volume
from xlvla_sdk.sim.things import (
    BOWL_RADIUS,
    ORANGE_RADIUS,
    bowl,
    can,
    container,
    floor,
    orange,
    table_top,
)

BALL = Primitive("sphere", np.eye(4), (0.1,))


def test_everything_on_the_table_stays_where_it_stands():
    state = settled(TABLE, {}, seconds=1.0)
    assert set(state.things) == {"can", "box", "bottle", "bowl", "banana", "orange", "lemon"}
    for thing in TABLE.loose:
        now = state[thing.name]
        np.testing.assert_allclose(now.T_task_thing, thing.T_task_thing, atol=2e-3)
        assert now.touches == {"table"}
        assert now.rests()


def test_things_weigh_what_they_say_in_the_model():
    model = model_of(TABLE)
    for thing in TABLE.loose:
        assert model.body(thing.id).mass[0] == pytest.approx(thing.mass)


@pytest.mark.parametrize("thing", TABLE.loose, ids=lambda thing: thing.name)
def test_the_origin_of_a_thing_is_in_its_underside(thing: Thing):
    """It rests at height 0 with its origin there; its middle of mass is above."""
    model = model_of(Scene("one", (thing,)))
    assert 0.01 < model.body(thing.id).ipos[2] < 0.11


def test_what_is_dropped_into_a_bowl_lies_in_it():
    scene = Scene("bowl", (floor(), table_top(), bowl(), orange()))
    state = settled(scene, {"bowl": at(0.1, 0.0), "orange": at(0.13, 0.0, 0.06)}, seconds=3.0)
    assert state["orange"].touches == {"bowl"}
    middle = (state["orange"].T_task_thing @ [0.0, 0.0, ORANGE_RADIUS, 1.0])[:3]
    assert np.linalg.norm(middle[:2] - state["bowl"].position[:2]) < BOWL_RADIUS - ORANGE_RADIUS
    assert middle[2] == pytest.approx(ORANGE_RADIUS + 0.005, abs=1e-3)  # on its foot


def test_a_can_dropped_into_a_container_lies_or_stands_in_it():
    scene = Scene("container", (floor(), table_top(), container(), can()))
    state = settled(scene, {"container": at(0.1, 0.0), "can": at(0.1, 0.0, 0.05)}, seconds=1.0)
    assert state["can"].touches == {"container"}
    assert state["can"].position[2] == pytest.approx(0.004, abs=1e-3)


def test_a_mark_that_is_not_solid_is_not_touched():
    mark = Thing("mark", (Primitive("box", np.eye(4), (0.2, 0.2, 0.01)),), fixed=True, solid=False)
    scene = Scene("mark", (floor(), table_top(), mark, can()))
    state = settled(scene, {"can": at(0.0, 0.0)})
    assert state["can"].touches == {"table"}
    assert state["can"].position[2] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("viewpoint", TABLE.cameras, ids=lambda viewpoint: viewpoint.name)
def test_cameras_stand_upright_and_see_every_thing(viewpoint):
    T = viewpoint.T_task_camera
    np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    assert T[2, 0] == pytest.approx(0.0)  # the horizon is level
    for thing in TABLE.loose:
        right, up, back = np.linalg.inv(T)[:3] @ thing.T_task_thing[:, 3]
        wide = np.tan(np.radians(viewpoint.field_of_view / 2.0))
        assert back < 0.0
        assert abs(up) < wide * -back
        assert abs(right) < wide * -back * 4 / 3


def test_scenes_are_found_by_name():
    assert find_scene("table") is TABLE
    assert set(SCENES) == {"empty", "table"}
    with pytest.raises(SpecError, match="Did you mean 'table'"):
        find_scene("tabel")


def test_names_that_stand_twice_are_refused():
    with pytest.raises(SpecError, match="scene two: has two called can"):
        Scene("two", (can(), can()))


def test_a_thing_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(SpecError, match=r"has no 'cup'. It has: floor, table, can"):
        TABLE.thing("cup")
    with pytest.raises(SpecError, match="It has: nothing"):
        EMPTY.thing("cup")


def test_placed_moves_only_what_is_named_fixed_or_not():
    moved = TABLE.placed({"table": at(0.0, 0.0, -0.1), "can": at(0.3, 0.0)})
    assert moved.thing("table").T_task_thing[2, 3] == -0.1
    assert moved.thing("can").T_task_thing[0, 3] == 0.3
    assert moved.thing("box") is not TABLE.thing("can")
    np.testing.assert_array_equal(moved.thing("box").T_task_thing, TABLE.thing("box").T_task_thing)


def test_a_thing_without_mass_or_shape_is_refused():
    with pytest.raises(
        SpecError, match=r"ball: weighs 0 kg\. Give a mass above zero, or fixed=True"
    ):
        Thing("ball", (BALL,))
    with pytest.raises(SpecError, match="ball: has no shapes"):
        Thing("ball", (), 1.0)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (BALL, 4 / 3 * np.pi * 1e-3),
        (Primitive("box", np.eye(4), (1.0, 2.0, 3.0)), 6.0),
        (Primitive("cylinder", np.eye(4), (0.1, 2.0)), np.pi * 0.02),
        (Primitive("capsule", np.eye(4), (0.1, 2.0)), np.pi * 0.02 + 4 / 3 * np.pi * 1e-3),
    ],
)
def test_volumes_are_those_of_geometry(shape: Primitive, expected: float):
    assert volume(shape) == pytest.approx(expected)


def test_nothing_of_a_scene_is_called_as_a_link_could_be():
    draft = load_mujoco().MjSpec()
    draft.worldbody.add_body(name="can")
    add_scene(load_mujoco(), draft, TABLE)
    model = draft.compile()
    assert model.body("can").id != model.body("scene/can").id


def test_standing_turns_about_the_vertical():
    T = standing(0.1, 0.2, yaw=np.pi / 2, z=0.3)
    np.testing.assert_allclose(T @ [1.0, 0.0, 0.0, 1.0], [0.1, 1.2, 0.3, 1.0], atol=1e-12)
