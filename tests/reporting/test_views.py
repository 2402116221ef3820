"""Fingers' names stand clear of one another, above their tips, inside the picture."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from xlvla_sdk.reporting.views import UNITS, _labels


@pytest.mark.parametrize("low", [True, False])
def test_names_are_clear_of_one_another_and_inside(low: bool):
    tips = {
        "thumb": np.array([250.0, 600.0 if low else 230.0]),
        "index": np.array([480.0, 200.0]),
        "middle": np.array([490.0, 190.0]),
        "ring": np.array([500.0, 195.0]),
        "pinky": np.array([505.0, 240.0]),
    }
    labels = _labels(tips)
    row = sorted(place for finger, place in labels.items() if finger != "thumb" or not low)
    assert all(right[0] - left[0] >= 164.0 for left, right in pairwise(row))
    assert len({y for _, y in row}) == 1
    assert row[0][1] < 190.0
    assert all(0.0 < coordinate < UNITS for place in labels.values() for coordinate in place)
    assert (labels["thumb"][1] > 500.0) == low
