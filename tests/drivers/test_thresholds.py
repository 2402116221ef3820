"""A device that draws too much or gets too hot holds, and the error says which joint, how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drivers.recording_driver import RecordingDriver
from tests.small_hand import small_hand
from xlvla_sdk.drivers import JointState, SafeDriver
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import DriverError


class Measuring(RecordingDriver):
    """A hand that also says what it draws and how hot it is."""

    thresholds = Thresholds(temperature=70.0)
    current = np.zeros(2)
    temperature = np.full(2, 30.0)
    faults: tuple[str, ...] = ()

    def read(self) -> JointState:
        qpos = super().read().qpos
        return JointState(
            qpos, current=self.current, temperature=self.temperature, faults=self.faults
        )


class Bench:
    def __init__(self, folder, thresholds: Thresholds | None = None, kind: Any = Measuring) -> None:
        self.time_s = 0.0
        self.device = kind(small_hand(folder), lambda: self.time_s)
        self.safe = SafeDriver(self.device, lambda: self.time_s, thresholds=thresholds)

    def read_for(self, seconds: float) -> None:
        end_s = self.time_s + seconds
        while self.time_s < end_s:
            self.safe.read()
            self.time_s += 0.02


def test_a_current_above_for_half_a_second_holds(tmp_path):
    bench = Bench(tmp_path, Thresholds(current=1.2))
    bench.device.current = np.array([0.1, 1.5])
    said = r"small:right: the current of 'index_bend' is 1.5 A, above its threshold of 1.2 A. The"
    with pytest.raises(DriverError, match=said):
        bench.read_for(2.0)
    assert bench.time_s == pytest.approx(0.5)
    assert bench.device.calls[-1][0] == "stop"


def test_a_motor_may_start_with_more(tmp_path):
    bench = Bench(tmp_path, Thresholds(current={"index_bend": 1.2}))
    for _ in range(5):
        bench.device.current = np.array([9.0, 1.5])  # the thumb is not watched
        bench.read_for(0.4)
        bench.device.current = np.array([9.0, 0.3])
        bench.read_for(0.04)


def test_a_temperature_above_the_makers_own_threshold_holds_at_once(tmp_path):
    bench = Bench(tmp_path, Thresholds(current=1.2))
    bench.device.temperature = np.array([71.0, 30.0])
    with pytest.raises(
        DriverError, match="temperature of 'thumb_yaw' is 71 deg C, above its thres"
    ):
        bench.safe.read()


def test_a_threshold_that_is_typed_goes_before_the_makers(tmp_path):
    bench = Bench(tmp_path, Thresholds(temperature=80.0))
    bench.device.temperature = np.array([71.0, 30.0])
    bench.read_for(1.0)


def test_a_threshold_for_what_is_not_measured_is_no_silent_promise(tmp_path):
    bench = Bench(tmp_path, Thresholds(current=1.2), kind=RecordingDriver)
    with pytest.raises(DriverError, match="set for its current, which it does not measure"):
        bench.read_for(2.0)


def test_a_fault_is_logged_once_and_again_when_it_comes_back(tmp_path, caplog):
    bench = Bench(tmp_path)
    for faults in (
        (),
        ("index_bend: is stuck",),
        ("index_bend: is stuck",),
        (),
        ("index_bend: is stuck",),
    ):
        bench.device.faults = faults
        bench.safe.read()
    assert [record.message for record in caplog.records] == [
        "small:right: index_bend: is stuck"
    ] * 2
