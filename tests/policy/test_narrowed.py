"""A hand alone takes the hand columns of a robot's policy, and nothing else is left out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.codecs import small_codec
from tests.layouts.test_transfer import wave
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts import XL1
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import ReplayPolicy, without_arms
from xlvla_sdk.registry import registry

NOW = Observation(state=np.zeros(1), time_s=0.0)


def xl1(text: str) -> XL1:
    body = registry().embodiment(text)
    return XL1(body, {hand.id: small_codec(hand) for hand in body.hands})


def replay(text: str) -> ReplayPolicy:
    layout = xl1(text)
    return ReplayPolicy(wave(layout.embodiment, rows=20), layout, horizon=8)


def test_two_hands_take_their_columns_of_a_robots_rows():
    wider = replay("xarm7+inspire:both")
    hands = xl1("inspire:both")
    narrow = without_arms(wider, hands)
    assert narrow is not None
    narrow.metadata.require(hands, narrow.name)
    rows, all_rows = narrow.infer(NOW).rows, wider.infer(NOW).rows
    np.testing.assert_array_equal(rows, np.hstack([all_rows[:, :32], all_rows[:, 41:73]]))


@pytest.mark.parametrize("other", ["xarm7+xhand:right", "inspire:left", "inspire:both"])
def test_no_other_difference_is_made_up_for(other: str):
    assert without_arms(replay("xarm7+inspire:right"), xl1(other)) is None


def test_rows_without_arms_are_left_as_they_are():
    policy = replay("inspire:right")
    assert without_arms(policy, xl1("inspire:right")) is None
    with pytest.raises(PolicyError, match=r"right hand there, right arm and hand here.*--from"):
        policy.metadata.require(xl1("xarm7+xhand:right"), policy.name)


def test_arms_are_not_mirrored():
    layout = xl1("xarm7+inspire:right")
    with pytest.raises(PolicyError, match="--mirror is for hands alone"):
        ReplayPolicy(wave(layout.embodiment, rows=3), layout, mirror=True)
