from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.learning.splines import spline_basis


@pytest.mark.parametrize(("rows", "points"), [(64, 16), (32, 8), (6, 4), (1, 4)])
def test_the_parts_of_a_row_are_none_negative_and_sum_to_one(rows: int, points: int):
    basis = spline_basis(rows, points)
    assert basis.shape == (rows, points)
    assert (basis >= 0.0).all()
    np.testing.assert_allclose(basis.sum(axis=1), 1.0)


def test_a_cubic_through_time_is_met_exactly():
    """Splines of degree three hold every cubic."""
    at = np.linspace(-1.0, 1.0, 64)
    wanted = 2.0 * at**3 - at**2 + 0.5
    basis = spline_basis(64, 16)
    points = np.linalg.lstsq(basis, wanted, rcond=None)[0]
    np.testing.assert_allclose(basis @ points, wanted, atol=1e-10)


def test_speed_and_acceleration_have_no_jumps():
    """Between dense rows their differences shrink with the spacing, whatever the points are."""
    points = np.random.default_rng(0).normal(size=8)
    jumps = [np.abs(np.diff(spline_basis(rows, 8) @ points, n=3)).max() for rows in (201, 401)]
    assert (
        jumps[1] < jumps[0] / 6.0
    )  # the third difference of a curve with finite third derivative: 1/8
