from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import PUSH_BOXES
from xlvla_sdk.sim.tasks.push_boxes import gap
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOX_SIZE

THIN, BROAD, HIGH = BOX_SIZE


def beside(distance: float, z: float = 0.0) -> SceneState:
    """Broad sides towards each other, their middles so far apart."""
    poses = {"yellow_box": at(0.1, 0.0, z), "white_box": at(0.1 + distance, 0.0, z)}
    return settled(PUSH_BOXES.scene, poses)


def test_boxes_side_by_side_are_together():
    assert PUSH_BOXES.success(beside(THIN + 0.001))


def test_boxes_eight_millimetres_apart_are_not():
    assert not PUSH_BOXES.success(beside(THIN + 0.008))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("name", ["yellow_box", "white_box"])
def test_neither_may_be_held_or_moving(spoil, name: str):
    assert not PUSH_BOXES.success(spoil(beside(THIN + 0.001), name))


def test_a_box_that_fell_over_is_no_success():
    poses = {
        "yellow_box": at(0.1, 0.0),
        "white_box": at(0.1 + THIN / 2 + 0.001, 0.0, THIN / 2, lying=True),
    }
    state = settled(PUSH_BOXES.scene, poses)
    assert state["white_box"].tilt > 1.5
    assert not PUSH_BOXES.success(state)


def test_a_box_on_top_of_the_other_is_no_success():
    poses = {"yellow_box": at(0.1, 0.0), "white_box": at(0.1, 0.0, HIGH)}
    state = settled(PUSH_BOXES.scene, poses)
    assert state["white_box"].rests()
    assert not PUSH_BOXES.success(state)


@pytest.mark.parametrize(
    ("yaw", "between"),
    [
        (0.0, 0.2 - THIN),
        (np.pi / 2, 0.2 - THIN / 2 - BROAD / 2),
        (np.pi / 4, 0.2 - THIN / 2 - (THIN + BROAD) / 2 * np.sqrt(0.5)),
    ],
)
def test_the_gap_is_between_the_nearest_corner_and_the_other_side(yaw: float, between: float):
    first, second = standing(0.0, 0.0), standing(0.2, 0.0, yaw)
    assert gap(first, second) == pytest.approx(between)
    assert gap(second, first) == pytest.approx(between)


def test_the_gap_does_not_change_when_both_are_moved():
    first, second = standing(0.0, 0.0, 0.4), standing(0.15, 0.1, -1.0)
    moved = standing(0.3, -0.2, 2.0)
    assert gap(moved @ first, moved @ second) == pytest.approx(gap(first, second))
