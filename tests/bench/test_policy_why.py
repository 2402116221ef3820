"""A held hand stays where it was first measured; the arm goes where the policy sends it."""

from __future__ import annotations

import numpy as np

from bench.policy_why import HandHeld
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy
from xlvla_sdk.policy.metadata import SideParts
from xlvla_sdk.specs import Side

HAND = 32


class Counts(Policy):
    """Rows that are full of how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def name(self) -> str:
        return "counts"

    @property
    def metadata(self) -> Metadata:
        side = SideParts(Side.RIGHT, hand=True, arm=True)
        return Metadata("xl-1", "space@0", HAND, (side,), 20.0, 4)

    def infer(self, observation: Observation) -> ActionChunk:
        self.asked += 1
        return ActionChunk(np.full((4, HAND + 9), float(self.asked)), "xl-1", 0.05)


def seen(value: float) -> Observation:
    return Observation(np.full(HAND + 9, value), 0.0)


def test_the_hand_stays_where_it_was_first_measured():
    held = HandHeld(Counts())
    first, second = held.infer(seen(0.25)), held.infer(seen(0.75))
    for number, chunk in enumerate((first, second), 1):
        np.testing.assert_array_equal(chunk.rows[:, :HAND], 0.25)
        np.testing.assert_array_equal(chunk.rows[:, HAND:], number)
    assert held.moved == 1.75
