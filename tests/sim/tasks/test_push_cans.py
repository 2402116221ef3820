from __future__ import annotations

import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import PUSH_CANS
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS

SIDE_BY_SIDE = 2 * CAN_RADIUS + 0.001


def beside(distance: float) -> SceneState:
    return settled(PUSH_CANS.scene, {"red_can": at(0.1, 0.0), "blue_can": at(0.1, distance)})


def test_cans_side_by_side_are_together():
    assert PUSH_CANS.success(beside(SIDE_BY_SIDE))


def test_cans_eight_millimetres_apart_are_not():
    assert not PUSH_CANS.success(beside(2 * CAN_RADIUS + 0.008))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("can", ["red_can", "blue_can"])
def test_neither_may_be_held_or_moving(spoil, can: str):
    assert not PUSH_CANS.success(spoil(beside(SIDE_BY_SIDE), can))


def test_a_can_that_fell_over_is_no_success():
    lying = at(0.1 + CAN_RADIUS, 0.0, CAN_RADIUS, lying=True)
    state = settled(PUSH_CANS.scene, {"red_can": at(0.1, 0.0), "blue_can": lying})
    assert state["blue_can"].tilt > 1.5
    assert not PUSH_CANS.success(state)


def test_a_can_on_top_of_the_other_is_no_success():
    on_top = at(0.1, 0.0, CAN_HEIGHT)
    state = settled(PUSH_CANS.scene, {"red_can": at(0.1, 0.0), "blue_can": on_top})
    assert state["blue_can"].rests()
    assert not PUSH_CANS.success(state)


def test_cans_together_on_the_floor_are_no_success():
    floor = -0.75
    poses = {"red_can": at(1.0, 0.0, floor), "blue_can": at(1.0, SIDE_BY_SIDE, floor)}
    state = settled(PUSH_CANS.scene, poses)
    assert state["red_can"].touches == {"floor"}
    assert not PUSH_CANS.success(state)
