from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import LEMONS_IN_BOWL
from xlvla_sdk.sim.things import BOWL_HEIGHT, LEMON_RADIUS

TIDY = {
    "bowl": at(0.1, 0.0),
    "lemon": at(0.1, 0.03, 0.012),
    "second_lemon": at(0.1, -0.03, 0.012),
}


def after(seconds: float = 1.0, **others: np.ndarray) -> SceneState:
    return settled(LEMONS_IN_BOWL.scene, TIDY | others, seconds)


def test_both_in_the_bowl():
    assert LEMONS_IN_BOWL.success(after())


def test_one_of_them_is_not_enough():
    assert not LEMONS_IN_BOWL.success(after(lemon=at(0.1, 0.2)))


@pytest.mark.parametrize("spoil", [held, moving])
@pytest.mark.parametrize("thing", ["bowl", "lemon", "second_lemon"])
def test_nothing_may_be_held_or_moving(spoil, thing: str):
    assert not LEMONS_IN_BOWL.success(spoil(after(), thing))


def test_a_lemon_in_the_air_over_the_bowl_is_not_in_it():
    assert not LEMONS_IN_BOWL.success(after(0.0, lemon=at(0.1, 0.0, BOWL_HEIGHT)))


def test_a_bowl_turned_over_onto_a_lemon_does_not_count():
    over = np.diag([1.0, -1.0, -1.0, 1.0])
    over[:3, 3] = 0.1, 0.0, BOWL_HEIGHT + 0.02
    state = after(bowl=over, lemon=at(0.1, 0.0), second_lemon=at(0.1, 0.2))
    assert state["bowl"].tilt > 0.5
    assert not LEMONS_IN_BOWL.success(state)


def test_a_lemon_beside_the_bowl_that_leans_on_it_is_not_in_it():
    state = after(lemon=at(0.1, 0.08 + LEMON_RADIUS, 0.0))
    assert "table" in state["lemon"].touches
    assert not LEMONS_IN_BOWL.success(state)
