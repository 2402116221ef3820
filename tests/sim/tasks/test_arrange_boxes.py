from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import ARRANGE_BOXES
from xlvla_sdk.sim.tasks.arrange_boxes import HEIGHTS, LINE_LENGTH, LINE_X, LINE_Y, OFF_LINE
from xlvla_sdk.sim.things import BOX_SIZE

ROW = {
    "tall_box": at(LINE_X + 0.01, LINE_Y + 0.05),
    "short_box": at(LINE_X - 0.01, LINE_Y - 0.07),
}


def after(**others: np.ndarray) -> SceneState:
    return settled(ARRANGE_BOXES.scene, ROW | others)


def test_tall_on_the_left_short_on_the_right():
    assert ARRANGE_BOXES.success(after())


def test_the_other_order_is_no_success():
    exchanged = {"tall_box": ROW["short_box"], "short_box": ROW["tall_box"]}
    assert not ARRANGE_BOXES.success(after(**exchanged))


@pytest.mark.parametrize(
    "beside",
    [at(LINE_X - OFF_LINE - 0.01, LINE_Y - 0.07), at(LINE_X, LINE_Y - LINE_LENGTH / 2 - 0.01)],
)
def test_a_box_beside_the_line_is_no_success(beside: np.ndarray):
    assert not ARRANGE_BOXES.success(after(short_box=beside))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("box", HEIGHTS)
def test_nothing_may_be_held_or_moving(spoil, box: str):
    assert not ARRANGE_BOXES.success(spoil(after(), box))


def test_a_box_that_fell_over_is_no_success():
    lying = at(LINE_X - HEIGHTS["short_box"] / 2, LINE_Y - 0.07, BOX_SIZE[0] / 2, lying=True)
    assert not ARRANGE_BOXES.success(after(short_box=lying))


def test_boxes_on_top_of_each_other_are_no_row():
    state = after(short_box=at(LINE_X, LINE_Y + 0.04, HEIGHTS["tall_box"]))
    assert state["short_box"].touches == {"tall_box"}
    assert not ARRANGE_BOXES.success(state)
