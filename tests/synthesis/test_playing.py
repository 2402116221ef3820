"""Rows are played as they are, and how things were left is said in words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.registered import embodiment
from tests.synthesis.lifting import BODY, LIFT
from xlvla_sdk.sim import build_world
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.synthesis.joints import Joints
from xlvla_sdk.synthesis.playing import how_left, play


def leaning(angle: float, *touches: str) -> ThingState:
    """A thing that leans about x [rad]."""
    T = np.eye(4)
    c, s = np.cos(angle), np.sin(angle)
    T[1:3, 1:3] = [[c, -s], [s, c]]
    return ThingState(T, np.zeros(3), np.zeros(3), frozenset(touches))


@pytest.mark.parametrize(
    ("angle", "said"), [(0.0, ""), (0.04, ""), (0.1, ", leaning"), (1.5, ", lying")]
)
def test_how_a_thing_was_left_says_whether_it_stands(angle: float, said: str):
    state = SceneState(0.0, {"box": leaning(angle, "table", "place"), "can": leaning(0.0)})
    assert how_left(state) == f"box touches place and table{said}, can touches nothing"


def test_the_body_begins_where_its_first_row_is_and_goes_where_it_is_told():
    world = build_world(embodiment(BODY), scene=LIFT.scene)
    begin = world.start.copy()
    begin[0] += 0.05
    action = np.repeat(begin[None], 12, axis=0)
    action[:, 1] += 0.01 * np.minimum(np.arange(1, 13), 5)
    joints = Joints(world.embodiment, np.repeat(begin[None], 12, axis=0), action)
    played = play(world, LIFT, 0, joints)
    assert played.done_s is not None
    assert played.failure == ""
    assert played.measured[0] == pytest.approx(begin, abs=1e-6)
    assert played.measured[-1, 0] == pytest.approx(begin[0], abs=0.01)
    assert played.measured[-1, 1] == pytest.approx(begin[1] + 0.05, abs=0.015)
