"""What every driver asks of a target, and limits in the precision of a wire."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_hand import small_hand
from xlvla_sdk.drivers import checked_target, single_precision
from xlvla_sdk.errors import DriverError, LimitViolation


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory):
    return small_hand(tmp_path_factory.mktemp("hand"))


def test_a_target_within_the_limits_is_as_it_was(hand):
    np.testing.assert_array_equal(checked_target(hand, np.array([0.6, 0.7])), [0.6, 0.7])
    np.testing.assert_array_equal(
        checked_target(hand, hand.limits.upper + 5e-7), hand.limits.upper + 5e-7
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.21, -0.01])
def test_what_is_no_target_is_refused_by_name(hand, value):
    with pytest.raises(
        LimitViolation, match=r"small:right: 'thumb_yaw' is .*Nothing was sent"
    ) as caught:
        checked_target(hand, np.array([value, 0.5]))
    assert caught.value.joint == "thumb_yaw"


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 2)])
def test_another_number_of_joints_is_refused(hand, shape):
    with pytest.raises(DriverError, match=r"values, the hand 2 joints. Nothing was sent"):
        checked_target(hand, np.zeros(shape))


def test_narrower_limits_of_one_device_and_joints_that_are_not_told(hand):
    lower, upper = hand.limits
    with pytest.raises(LimitViolation, match="'index_bend'"):
        checked_target(hand, upper, limits=(lower, upper - [0.0, 0.1]))
    told = np.array([True, False])
    assert checked_target(hand, np.array([0.5, np.nan]), told=told)[0] == 0.5


@given(st.lists(st.tuples(st.floats(-7, 0), st.floats(0.001, 7)), min_size=1, max_size=20))
def test_what_is_within_single_precision_is_within_the_limits(pairs):
    lower, upper = np.array(pairs).T
    low, high = single_precision(lower, upper)
    assert low.dtype == high.dtype == np.float32
    assert (low.astype(float) >= lower).all()
    assert (high.astype(float) <= upper).all()
    assert (low - lower < 1e-6).all()
    assert (upper - high < 1e-6).all()
