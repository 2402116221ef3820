from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import SORT_CANS
from xlvla_sdk.sim.things import CAN_RADIUS, CONTAINER_WALL

SORTED = {
    "container": at(0.12, 0.0),
    "red_can": at(0.18, 0.0, CONTAINER_WALL),
    "second_red_can": at(0.06, 0.0, CONTAINER_WALL),
    "blue_can": at(0.0, 0.25),
}


def after(**others: np.ndarray) -> SceneState:
    return settled(SORT_CANS.scene, SORTED | others)


def test_red_ones_inside_and_the_blue_one_outside():
    assert SORT_CANS.success(after())


def test_both_colours_inside_are_not_sorted():
    inside = at(0.12, 0.05, CONTAINER_WALL)
    assert not SORT_CANS.success(after(blue_can=inside))


def test_the_wrong_can_inside_is_not_sorted():
    exchanged = {"blue_can": SORTED["red_can"], "red_can": SORTED["blue_can"]}
    assert not SORT_CANS.success(after(**exchanged))


def test_one_red_can_is_not_enough():
    assert not SORT_CANS.success(after(second_red_can=at(0.0, -0.25)))


def test_the_blue_can_may_not_be_knocked_over():
    assert not SORT_CANS.success(after(blue_can=at(0.0, 0.25, CAN_RADIUS, lying=True)))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("thing", ["container", "red_can", "second_red_can", "blue_can"])
def test_nothing_may_be_held_or_moving(spoil, thing: str):
    assert not SORT_CANS.success(spoil(after(), thing))
