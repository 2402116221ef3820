from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.registered import embodiment
from tests.sim.standing import at, settled
from xlvla_sdk.demonstrating import demonstrator
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.tasks import HAND_OVER_BOTTLE, PUSH_CANS
from xlvla_sdk.specs import Side

BOTH = "xarm7+xhand:both"


def state(
    T: np.ndarray,
    touches: frozenset[str] = frozenset({"robot"}),
    hands: frozenset[Side] = frozenset({Side.LEFT}),
) -> SceneState:
    return SceneState(0.0, {"bottle": ThingState(T, np.zeros(3), np.zeros(3), touches, hands)})


def test_the_left_hand_alone_holds_it():
    assert HAND_OVER_BOTTLE.success(state(at(0.0, 0.1, 0.15)))


@pytest.mark.parametrize("hands", [{Side.RIGHT}, {Side.RIGHT, Side.LEFT}, set()])
def test_the_right_hand_may_not_touch_it(hands: set[Side]):
    assert not HAND_OVER_BOTTLE.success(state(at(0.0, 0.1, 0.15), hands=frozenset(hands)))


def test_it_is_off_the_table():
    assert not HAND_OVER_BOTTLE.success(state(at(0.0, 0.1)))
    on_table = state(at(0.0, 0.1, 0.15), frozenset({"robot", "table"}))
    assert not HAND_OVER_BOTTLE.success(on_table)


def test_it_is_upright_and_at_rest():
    assert not HAND_OVER_BOTTLE.success(state(at(0.0, 0.1, 0.15, lying=True)))
    held = state(at(0.0, 0.1, 0.15))
    falling = replace(held["bottle"], velocity=np.array([0.0, 0.0, -0.05]))
    assert not HAND_OVER_BOTTLE.success(replace(held, things={"bottle": falling}))


def test_a_bottle_that_was_dropped_is_not_handed_over():
    assert not HAND_OVER_BOTTLE.success(
        settled(HAND_OVER_BOTTLE.scene, {"bottle": at(0.0, 0.1, 0.15)}, 0.05)
    )
    assert not HAND_OVER_BOTTLE.success(
        settled(HAND_OVER_BOTTLE.scene, {"bottle": at(0.0, 0.1, 0.05, lying=True)})
    )


def test_a_state_tells_whose_hand_touches_a_thing():
    world = build_world(embodiment(BOTH), scene=HAND_OVER_BOTTLE.scene)
    simulation = Simulation(world)
    for side in Side:
        at_hand = next(
            world.model.body(number).name
            for number in range(world.model.nbody)
            if world.model.body(number).name.startswith(f"{side}_hand/")
            and world.model.body_geomnum[number]
        )
        T = np.eye(4)
        T[:3, 3] = simulation.data.body(at_hand).xipos - (0.0, 0.0, 0.11)
        simulation.reset({"bottle": T})
        bottle = simulation.state["bottle"]
        assert bottle.hands == {side}
        assert "robot" in bottle.touches


@pytest.mark.parametrize("name", ["xarm7+xhand:right", "xarm7+xhand:left", "xhand:both"])
def test_a_body_without_both_hands_is_refused(name: str):
    with pytest.raises(SpecError, match=r"hand-over-bottle needs right and left hand.*has no"):
        HAND_OVER_BOTTLE.require(embodiment(name))


def test_who_has_one_arm_cannot_demonstrate_it():
    with pytest.raises(SpecError, match=r"has no left one\. Name a body with both"):
        demonstrator(HAND_OVER_BOTTLE, embodiment("xarm7+xhand:right"), 0)


def test_any_hand_will_do_where_a_task_names_none():
    PUSH_CANS.require(embodiment("xarm7+xhand:left"))
