"""Contacts hold: every hand closes on a full can, 0.345 kg, lifts it and keeps it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.grasping import LIFT, OPPOSED, can_world, lift

STRAIGHT = np.zeros(3)


@pytest.mark.parametrize("hand", ["inspire"])
def test_a_hand_closes_on_a_can_lifts_it_and_holds_it_for_a_second(hand: str):
    lifted = lift(can_world(hand), hand, STRAIGHT, 0.0)
    assert lifted.rose > LIFT - 0.02
    assert lifted.moved < 0.005
    assert lifted.touches_robot_alone


def test_without_closing_the_can_stays_where_it_stands():
    """The lift is the grasp's doing: nothing else carries the can."""
    world = can_world("inspire")
    world.model.actuator_forcerange[7:] = 0.0  # fingers without strength
    assert lift(world, "inspire", STRAIGHT, 0.0).rose < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("hand", OPPOSED)
def test_every_hand_lifts_the_can_wherever_it_is_between_the_fingers(hand: str):
    """Eight places up to 8 mm off, from directions up to 0.3 rad apart."""
    rng = np.random.default_rng(0)
    world = can_world(hand)
    for _ in range(8):
        lifted = lift(world, hand, rng.uniform(-0.008, 0.008, 3), rng.uniform(-0.3, 0.3))
        assert lifted.rose > LIFT - 0.02
        assert lifted.moved < 0.01
        assert lifted.touches_robot_alone
