"""Normalised joints are -1 and 1 at the limits, and no way back leads beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlvla_sdk.codec.scaling import Scaling
from xlvla_sdk.specs import LIMIT_TOLERANCE, Limits

# 0.4 - 0.3 + 0.3 is not 0.4 in floating point: the limits are chosen so that sums round.
LIMITS = Limits(np.array([-0.3, 0.1, 0.0]), np.array([0.1, 0.7, 0.03]))
SCALING = Scaling.of(LIMITS)


def test_minus_one_and_one_are_the_limits():
    normalized = np.stack([-np.ones(3), np.zeros(3), np.ones(3)])
    qpos = np.stack([LIMITS.lower, (LIMITS.lower + LIMITS.upper) / 2, LIMITS.upper])
    np.testing.assert_allclose(SCALING.normalized(qpos), normalized, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(SCALING.qpos(normalized)[[0, 2]], qpos[[0, 2]])


@given(st.lists(st.floats(-1.0, 1.0, width=32), min_size=3, max_size=3))
def test_there_and_back_is_the_same_and_inside(numbers: list[float]):
    normalized = np.array(numbers, np.float32)
    qpos = SCALING.qpos(normalized)
    assert qpos.dtype == float
    assert ((LIMITS.lower <= qpos) & (qpos <= LIMITS.upper)).all()
    np.testing.assert_allclose(SCALING.normalized(qpos), normalized, rtol=0, atol=1e-12)


@pytest.mark.parametrize("joint", [0, 1, 2])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_joint_may_stand_as_far_outside_as_the_tolerance(joint: int, side: float):
    at = LIMITS.upper.copy() if side > 0 else LIMITS.lower.copy()
    at[joint] += side * 0.999 * LIMIT_TOLERANCE
    assert SCALING.allows(SCALING.normalized(at))
    at[joint] += side * 0.002 * LIMIT_TOLERANCE
    assert not SCALING.allows(SCALING.normalized(at))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_not_allowed(value: float):
    assert not SCALING.allows(SCALING.normalized(np.array([0.0, value, 0.0])))


def test_what_is_given_is_not_changed():
    qpos, normalized = LIMITS.upper.copy(), np.ones(3)
    SCALING.normalized(qpos)
    SCALING.qpos(normalized)
    np.testing.assert_array_equal(qpos, LIMITS.upper)
    np.testing.assert_array_equal(normalized, 1.0)
