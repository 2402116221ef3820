"""One posture, reached at the driver's speed; joints by what people type."""

from __future__ import annotations

import numpy as np
import pytest

from tests.small_hand import small_hand
from xlvla_sdk.drivers import SafeDriver, SimulatedDriver
from xlvla_sdk.drivers.moving import LONGEST_TURNS, joint_named, move_to, targets_of
from xlvla_sdk.errors import LimitViolation, SpecError


@pytest.fixture
def hand(tmp_path):
    return small_hand(tmp_path)


def test_a_part_of_a_name_that_fits_one_joint_is_enough(hand):
    assert joint_named(hand, "index") == "index_bend"
    assert targets_of(hand, ["yaw=0.5", "index_bend=-1e-3"]) == {
        "thumb_yaw": 0.5,
        "index_bend": -1e-3,
    }


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["pinky=0.5"], "no joint 'pinky'. There are: thumb_yaw, index_bend."),
        (["index_bent=0.5"], "no joint 'index_bent'. Did you mean 'index_bend'?"),
        (["b=0.1"], "'b' fits thumb_yaw, index_bend. Write more of the name."),
        (["index"], "'index' is no target. Write NAME=RADIANS"),
        (["index=far"], "'index=far' is no target"),
        (["=0.5"], "no joint ''"),
        (["index=0.5", "index_bend=0.4"], "'index_bend' is named twice"),
    ],
)
def test_what_is_no_target_is_refused(hand, texts, said):
    with pytest.raises(SpecError, match=said):
        targets_of(hand, texts)


def test_a_joint_whose_name_is_part_of_anothers_is_meant_by_its_own(hand):
    names = hand.model_copy(update={"joints": ("bend", "index_bend")})
    assert joint_named(names, "bend") == "bend"


@pytest.mark.parametrize("value", ["1.6", "nan", "-0.1"])
def test_a_target_outside_its_limits_is_refused_before_anything_opens(hand, value):
    with pytest.raises(LimitViolation, match="'index_bend' is"):
        targets_of(hand, [f"index={value}"])


class Clock:
    def __init__(self) -> None:
        self.time_s = 0.0
        self.turns = 0

    def wait(self) -> None:
        self.time_s += 0.02
        self.turns += 1


def test_a_device_arrives(hand):
    clock = Clock()
    safe = SafeDriver(SimulatedDriver(hand, now=lambda: clock.time_s), lambda: clock.time_s, 0.5)
    target = np.array([1.2, 1.5])
    np.testing.assert_allclose(move_to(safe, target, clock.wait).qpos, target, atol=0.02)
    assert clock.time_s >= 1.5 / 2.5


def test_a_joint_with_something_in_its_way_ends_the_wait(hand):
    class Blocked(SimulatedDriver):
        def read(self):
            state = super().read()
            state.qpos[1] = min(state.qpos[1], 0.8)
            return state

    clock = Clock()
    safe = SafeDriver(Blocked(hand, now=lambda: clock.time_s), lambda: clock.time_s)
    reached = move_to(safe, np.array([0.5, 1.5]), clock.wait).qpos
    np.testing.assert_allclose(reached, [0.5, 0.8], atol=0.02)
    assert clock.turns < LONGEST_TURNS


def test_a_joint_that_never_stands_still_ends_the_wait_too(hand):
    class Trembling(SimulatedDriver):
        turn = 1

        def read(self):
            state = super().read()
            Trembling.turn = -self.turn
            state.qpos[1] = 0.7 + 0.1 * self.turn
            return state

    clock = Clock()
    safe = SafeDriver(Trembling(hand, now=lambda: clock.time_s), lambda: clock.time_s)
    move_to(safe, np.array([0.5, 1.5]), clock.wait)
    assert clock.turns < LONGEST_TURNS + 100
