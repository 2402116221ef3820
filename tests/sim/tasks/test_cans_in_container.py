from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Poses
from xlvla_sdk.sim.tasks import CANS_IN_CONTAINER
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS, CONTAINER_SIZE, CONTAINER_WALL

HEIGHT = CONTAINER_SIZE[2]
IN = {
    "container": at(0.12, 0.0),
    "red_can": at(0.18, 0.0, CONTAINER_WALL),
    "blue_can": at(0.06, 0.0, CONTAINER_WALL),
}


def after(**others: np.ndarray) -> SceneState:
    return settled(CANS_IN_CONTAINER.scene, IN | others)


def done(**others: np.ndarray) -> bool:
    return CANS_IN_CONTAINER.success(after(**others))


def test_both_standing_in_it():
    assert done()


def test_one_standing_and_one_lying_in_it():
    lying = at(0.0, 0.03, CONTAINER_WALL + CAN_RADIUS, lying=True)
    assert done(blue_can=lying)


def test_one_can_is_not_enough():
    assert not done(blue_can=at(0.12, -0.2))


def test_a_can_that_lies_across_the_rim_is_not_in_it():
    """Balanced by hand, its middle 10 mm inside: physics would let it fall."""
    state = after()
    end = 0.12 + CONTAINER_SIZE[0] / 2
    across = at(end - 0.010 - CAN_HEIGHT / 2, 0.0, HEIGHT + CAN_RADIUS, lying=True)
    can = replace(state["blue_can"], T_task_thing=across, touches=frozenset({"container"}))
    assert not CANS_IN_CONTAINER.success(replace(state, things={**state.things, "blue_can": can}))
    lower = across.copy()
    lower[2, 3] -= HEIGHT - CONTAINER_WALL  # the same, on the bottom
    can = replace(can, T_task_thing=lower)
    assert CANS_IN_CONTAINER.success(replace(state, things={**state.things, "blue_can": can}))


def test_a_can_on_top_of_the_other_is_not_in_it():
    assert not done(blue_can=at(0.18, 0.0, CONTAINER_WALL + 0.115))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("thing", ["container", "red_can", "blue_can"])
def test_nothing_may_be_held_or_moving(spoil, thing: str):
    assert not CANS_IN_CONTAINER.success(spoil(after(), thing))


def test_cans_under_a_container_turned_over_are_not_in_it():
    over = np.diag([1.0, -1.0, -1.0, 1.0])
    over[:3, 3] = 0.12, 0.0, 0.115 + HEIGHT
    poses: Poses = {
        "container": over,
        "red_can": at(0.18, 0.0),
        "blue_can": at(0.06, 0.0),
    }
    state = settled(CANS_IN_CONTAINER.scene, poses)
    assert state["container"].tilt > 3.0
    assert not CANS_IN_CONTAINER.success(state)


def test_cans_that_lie_on_the_table_against_its_wall_are_not_in_it():
    beside = at(0.1, -0.14, CAN_RADIUS, lying=True)
    assert not done(blue_can=beside)
