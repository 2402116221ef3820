from __future__ import annotations

import numpy as np
import pytest

from tests.sim.standing import at, held, moving, settled
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks import PLACE_BOX
from xlvla_sdk.sim.tasks.place_box import HEIGHT, PLACE_X, PLACE_Y, WIDTH
from xlvla_sdk.sim.things import BOX_SIZE


def after(T: np.ndarray, seconds: float = 0.5) -> SceneState:
    return settled(PLACE_BOX.scene, {"box": T}, seconds)


ON_IT = at(PLACE_X + 0.02, PLACE_Y - 0.01, HEIGHT)


def test_the_box_upright_on_the_block():
    state = after(ON_IT)
    assert state["box"].touches == {"place"}
    assert PLACE_BOX.success(state)


@pytest.mark.parametrize("spoil", [held, moving])
def test_it_may_not_be_held_or_moving(spoil):
    assert not PLACE_BOX.success(spoil(after(ON_IT), "box"))


def test_beside_the_block_is_no_success():
    assert not PLACE_BOX.success(after(at(PLACE_X - WIDTH / 2 - 0.02, PLACE_Y)))


def test_over_the_block_but_in_the_air_is_no_success():
    assert not PLACE_BOX.success(after(at(PLACE_X, PLACE_Y, HEIGHT + 0.02), seconds=0.0))


def test_a_box_that_was_toppled_onto_the_block_is_no_success():
    """It lies on the block alone, its middle over it: nobody had to lift it for that."""
    state = after(at(PLACE_X - BOX_SIZE[2] / 2, PLACE_Y, HEIGHT + BOX_SIZE[0] / 2, lying=True))
    assert state["box"].touches == {"place"}
    assert not PLACE_BOX.success(state)


def test_a_box_that_leans_against_the_block_is_no_success():
    T = at(PLACE_X - WIDTH / 2 - 0.06, PLACE_Y)
    lean = 0.9
    T[:3, :3] = [[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]]
    T[2, 3] = BOX_SIZE[0] / 2 * np.sin(lean)
    state = after(T, seconds=1.0)
    assert state["box"].rests()
    assert state["box"].touches == {"place", "table"}
    assert not PLACE_BOX.success(state)
