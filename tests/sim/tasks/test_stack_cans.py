from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import STACK_CANS
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS

TOWER = {"red_can": at(0.1, 0.0), "blue_can": at(0.11, 0.01, CAN_HEIGHT)}


def after(**others: np.ndarray) -> SceneState:
    return settled(STACK_CANS.scene, TOWER | others)


def test_either_on_the_other_is_a_tower():
    assert STACK_CANS.success(after())
    blue_below = {"red_can": TOWER["blue_can"], "blue_can": TOWER["red_can"]}
    assert STACK_CANS.success(after(**blue_below))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("can", ["red_can", "blue_can"])
def test_neither_may_be_held_or_moving(spoil, can: str):
    assert not STACK_CANS.success(spoil(after(), can))


def test_side_by_side_is_no_tower():
    assert not STACK_CANS.success(after(blue_can=at(0.1 + 2 * CAN_RADIUS + 0.001, 0.0)))


def test_a_can_lying_on_the_other_is_no_tower():
    lying = at(0.1 - CAN_HEIGHT / 2, 0.0, CAN_HEIGHT + CAN_RADIUS, lying=True)
    state = settled(STACK_CANS.scene, TOWER | {"blue_can": lying}, 0.1)
    assert state["blue_can"].touches == {"red_can"}
    assert not STACK_CANS.success(state)


def test_a_tower_on_the_floor_is_no_success():
    floor = -0.75
    poses = {"red_can": at(1.0, 0.0, floor), "blue_can": at(1.0, 0.0, floor + CAN_HEIGHT)}
    state = settled(STACK_CANS.scene, poses)
    assert state["blue_can"].touches == {"red_can"}
    assert not STACK_CANS.success(state)


def test_a_can_in_the_air_above_the_other_is_no_tower():
    assert not STACK_CANS.success(
        settled(STACK_CANS.scene, TOWER | {"blue_can": at(0.1, 0.0, CAN_HEIGHT + 0.02)}, 0.0)
    )
