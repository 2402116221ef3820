from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import PREPARE_FRUITS
from xlvla_sdk.sim.tasks.prepare_fruits import BOARD_X, BOARD_Y, HEIGHT, WIDTH

PREPARED = {
    "banana": at(BOARD_X, BOARD_Y - 0.06, HEIGHT),
    "orange": at(BOARD_X, BOARD_Y + 0.06, HEIGHT),
}


def after(**others: np.ndarray) -> SceneState:
    return settled(PREPARE_FRUITS.scene, PREPARED | others)


def test_both_on_the_board():
    assert PREPARE_FRUITS.success(after())


@pytest.mark.parametrize("fruit", ["banana", "orange"])
def test_one_of_them_beside_it_is_not_enough(fruit: str):
    assert not PREPARE_FRUITS.success(after(**{fruit: at(BOARD_X, -0.15)}))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("fruit", ["banana", "orange"])
def test_nothing_may_be_held_or_moving(spoil, fruit: str):
    assert not PREPARE_FRUITS.success(spoil(after(), fruit))


def test_an_orange_on_the_banana_is_not_on_the_board():
    state = settled(
        PREPARE_FRUITS.scene,
        PREPARED | {"orange": at(BOARD_X, BOARD_Y - 0.06, HEIGHT + 0.036)},
        0.01,
    )
    assert state["orange"].touches == {"banana"}
    assert not PREPARE_FRUITS.success(state)


def test_a_banana_half_on_the_board_and_half_on_the_table_is_not_on_it():
    edge = at(BOARD_X - WIDTH / 2 - 0.01, BOARD_Y, 0.008)
    lean = -0.2
    edge[:3, :3] = [
        [np.cos(lean), 0, np.sin(lean)],
        [0, 1, 0],
        [-np.sin(lean), 0, np.cos(lean)],
    ]
    state = after(banana=edge)
    assert state["banana"].touches == {"board", "table"}
    assert not PREPARE_FRUITS.success(state)
