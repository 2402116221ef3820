"""What a camera gives is measured on the clock that it is read with."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.drivers.watching import watch
from xlvla_sdk.policy import SimClock


class Blinking(Camera):
    """A new picture every so often, some time after it was taken."""

    def __init__(self, clock: SimClock, period_s: float, late_s: float) -> None:
        self.clock, self.period_s, self.late_s = clock, period_s, late_s

    def read(self) -> Frame:
        count = int((self.clock.now() - self.late_s) / self.period_s + 1e-9)
        return Frame(np.full((2, 2, 3), count % 256, np.uint8), count * self.period_s)


def test_rate_and_age_are_measured():
    clock = SimClock()
    clock.sleep_until(5.0)
    seen = watch(Blinking(clock, 0.04, 0.02), 2.0, clock.now, clock.sleep_until)
    assert seen.rate_hz == pytest.approx(25.0)
    assert seen.age_s == pytest.approx(0.02, abs=0.005)
    assert seen.last.time_s == pytest.approx(6.96)


def test_a_picture_that_stands_still_has_no_rate():
    clock = SimClock()
    seen = watch(Blinking(clock, 100.0, 0.0), 1.0, clock.now, clock.sleep_until)
    assert seen.rate_hz == 0.0
