from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.sim.thing import standing

HALF = np.array([0.15, 0.10])


def test_a_disk_is_as_far_as_its_edge():
    disk = Outline(standing(0.1, 0.0), radius=0.03)
    assert disk.distance(np.array([[0.1, 0.05], [0.1, 0.0]])) == pytest.approx([0.02, -0.03])


def test_a_rectangle_is_as_far_as_its_nearest_side_or_corner():
    box = Outline(standing(0.0, 0.0, np.pi / 2), half=HALF)  # its long side along y
    points = np.array([[0.12, 0.0], [0.0, 0.17], [0.13, 0.19], [0.0, 0.0]])
    assert box.distance(points) == pytest.approx([0.02, 0.02, 0.05, -0.10])


def test_within_a_rectangle_room_is_counted_to_its_walls():
    box = Outline(standing(0.2, 0.0), half=HALF, within=True)
    points = np.array([[0.2, 0.07], [0.33, 0.0], [0.2, 0.11]])
    assert box.distance(points) == pytest.approx([0.03, 0.02, -0.01])
