"""A posture that cannot be is asked for again; one that came late is no such posture."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from xlvla_xarm.readings import FASTEST, Readings

from xlvla_sdk.drivers import Counts
from xlvla_sdk.errors import DriverError

LATE_S = 0.06


class Box:
    """Its joints move as fast as they can; an answer takes as long as it is told to."""

    who = "box"

    def __init__(self) -> None:
        self.counts = Counts()
        self.late_s = 0.0
        self.off = 0.0
        self._begun = time.monotonic()

    def joint_states(self) -> np.ndarray:
        measured = 0.9 * FASTEST * (time.monotonic() - self._begun) + self.off
        time.sleep(self.late_s)
        return np.full((3, 7), measured)


@pytest.fixture
def box() -> Any:
    return Box()


def test_after_an_answer_that_came_late_the_next_one_is_believed(box: Any):
    readings = Readings(box)
    for late_s in (0.0, LATE_S, 0.0, LATE_S, 0.0):
        box.late_s = late_s
        readings.measure()
    assert box.counts == Counts()


def test_a_posture_that_stays_impossible_is_an_error_and_no_recovery(box: Any):
    readings = Readings(box)
    readings.measure()
    box.off = 5.0
    with pytest.raises(DriverError, match="make no sense"):
        readings.measure()
    assert (box.counts.refused, box.counts.recovered) == (2, 0)
