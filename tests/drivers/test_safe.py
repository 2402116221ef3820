"""SafeDriver: nothing reaches a device that it may not do."""

from __future__ import annotations

import collections
import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.recording_driver import RecordingDriver
from tests.small_hand import small_hand
from xlvla_sdk.drivers import Driver, JointState, SafeDriver
from xlvla_sdk.errors import DriverError, LimitViolation

PERIOD = 0.02
MIDDLE = np.array([0.6, 0.7])


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory):
    return small_hand(tmp_path_factory.mktemp("hand"))


class Bench:
    """A safe driver around a device, and the clock they share."""

    def __init__(self, hand) -> None:
        self.time_s = 0.0
        self.device = RecordingDriver(hand, lambda: self.time_s)
        self.safe = SafeDriver(self.device, lambda: self.time_s)

    def command(self, qpos) -> np.ndarray:
        self.safe.command(np.asarray(qpos, dtype=float))
        self.time_s += PERIOD
        return self.device.sent[-1]

    def reach(self, qpos) -> None:
        while not self.safe.approach(np.asarray(qpos, dtype=float)):
            self.time_s += PERIOD
        self.time_s += 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.3, -0.006])
def test_what_is_not_finite_or_far_outside_is_refused_and_the_device_holds(hand, bad):
    bench = Bench(hand)
    bench.reach(MIDDLE)
    commands = len(bench.device.sent)
    with pytest.raises(LimitViolation, match=r"'thumb_yaw'.*not sent") as caught:
        bench.safe.command(np.array([bad, 0.5]))
    assert caught.value.joint == "thumb_yaw"
    assert len(bench.device.sent) == commands
    assert bench.device.calls[-1][0] == "stop"


def test_up_to_five_milliradians_outside_is_clipped_and_counted(hand):
    bench = Bench(hand)
    bench.reach([1.2, 1.5])
    sent = bench.command([1.2049, 1.5])
    np.testing.assert_allclose(sent, [1.2, 1.5])
    assert (bench.safe.clipped, bench.safe.limits_touched) == (1, 0)


def test_too_fast_moves_at_the_limit_is_counted_and_told_once(hand, caplog):
    bench = Bench(hand)
    bench.reach([0.0, 0.0])
    bench.command([0.0, 0.0])
    with caplog.at_level(logging.WARNING):
        first = bench.command([1.0, 0.0])
        second = bench.command([1.0, 0.0])
    step = hand.velocity_limits[0] * PERIOD
    np.testing.assert_allclose([first[0], second[0]], [step, 2 * step])
    assert bench.safe.limits_touched == 2
    assert len(caplog.records) == 1


def test_a_second_of_too_fast_without_a_break_holds_and_says_so(hand):
    bench = Bench(hand)
    bench.reach(MIDDLE)

    def shake() -> None:
        for turn in range(200):
            bench.command([1.2, 0.7] if turn % 2 else [0.0, 0.7])

    with pytest.raises(LimitViolation, match="faster than its velocity limit for 1 s"):
        shake()
    assert bench.device.calls[-1][0] == "stop"
    touched_for_s = bench.safe.limits_touched * PERIOD
    assert 1.0 <= touched_for_s <= 1.1


def test_a_break_starts_the_second_anew(hand):
    bench = Bench(hand)
    bench.reach(MIDDLE)
    for turn in range(300):
        far = [1.2, 0.7] if turn % 2 else [0.0, 0.7]
        bench.command(bench.device.sent[-1] if turn % 40 == 0 else far)
    assert bench.safe.limits_touched > 200


def test_the_first_command_starts_from_the_measured_posture(hand):
    bench = Bench(hand)
    np.testing.assert_array_equal(bench.command(MIDDLE), hand.posture("open"))


def test_a_pause_allows_no_jump(hand):
    bench = Bench(hand)
    bench.command([0.0, 0.0])
    bench.time_s += 60.0
    assert bench.command([1.2, 1.5]).max() <= 0.1 * hand.velocity_limits.max() + 1e-9


def test_after_a_hold_it_starts_from_where_the_device_is(hand):
    bench = Bench(hand)
    bench.reach(MIDDLE)
    bench.safe.hold()
    bench.device._qpos = np.array([0.2, 0.2])
    np.testing.assert_allclose(bench.command(MIDDLE), [0.2, 0.2])


def test_an_alarm_of_the_device_itself_holds_and_says_so(hand):
    bench = Bench(hand)
    bench.reach(MIDDLE)
    hot = JointState(
        MIDDLE, faults=("index_bend: too hot", "stalled"), alarms=("index_bend: too hot",)
    )
    bench.device.read = lambda: hot
    with pytest.raises(DriverError, match=r"small:right: index_bend: too hot\. The device holds"):
        bench.safe.read()
    assert bench.device.calls[-1][0] == "stop"


def test_another_width_is_refused(hand):
    with pytest.raises(DriverError, match="3 values, the hand 2 joints"):
        Bench(hand).safe.command(np.zeros(3))


@given(targets=st.lists(st.tuples(st.floats(0, 1.2), st.floats(0, 1.5)), min_size=1, max_size=40))
def test_whatever_is_asked_what_is_sent_keeps_every_limit(hand, targets):
    bench = Bench(hand)
    for target in targets:
        bench.command(target)
    sent = np.array([bench.device.sent[0], *bench.device.sent])
    assert (np.abs(np.diff(sent, axis=0)) <= hand.velocity_limits * PERIOD + 1e-9).all()
    assert (sent >= hand.limits.lower).all()
    assert (sent <= hand.limits.upper).all()


def test_leaving_stops_and_closes_the_device(hand):
    bench = Bench(hand)
    with bench.safe:
        pass
    assert [name for name, _ in bench.device.calls] == ["open", "stop", "close"]


def test_speed_is_a_part_of_the_velocity_limits(hand):
    bench = Bench(hand)
    bench.safe = SafeDriver(bench.device, lambda: bench.time_s, speed=0.3)
    bench.reach(MIDDLE)
    first, second = (bench.command([0.0, 0.7])[0] for _ in range(2))
    assert first - second == pytest.approx(0.3 * hand.velocity_limits[0] * PERIOD)
    said = r"velocity limit times 0\.3 for 1 s.*or raise --speed"
    with pytest.raises(LimitViolation, match=said):
        collections.deque((bench.command([turn % 2 * 1.2, 0.7]) for turn in range(200)), maxlen=0)


@pytest.mark.parametrize("speed", [0.0, -1.0, 1.5, np.nan])
def test_a_speed_that_is_none_is_refused(hand, speed):
    with pytest.raises(DriverError, match=r"a speed of \S+ is none"):
        SafeDriver(RecordingDriver(hand, lambda: 0.0), lambda: 0.0, speed=speed)


def test_a_real_device_moves_at_three_tenths_unless_told_otherwise(hand):
    device = RecordingDriver(hand, lambda: 0.0)
    assert SafeDriver(device, lambda: 0.0).speed == 1.0
    device.simulated = False
    assert SafeDriver(device, lambda: 0.0).speed == 0.3
    assert SafeDriver(device, lambda: 0.0, speed=0.8).speed == 0.8


def test_a_posture_measured_a_little_outside_is_at_the_limit_and_counted(hand, caplog):
    safe = Bench(hand).safe
    np.testing.assert_array_equal(safe.inside(np.array([-0.004, 0.7])), [0.0, 0.7])
    assert safe.outside == 0
    for _ in range(2):
        np.testing.assert_array_equal(safe.inside(np.array([0.6, 1.55])), [0.6, 1.5])
    assert safe.outside == 2
    assert [record.message for record in caplog.records] == [
        "small:right: 'index_bend' is measured 0.05 rad outside its limits; it is taken to be at the "
        "limit."
    ]


def test_a_posture_measured_far_outside_is_refused_and_nothing_is_sent(hand):
    bench = Bench(hand)
    with pytest.raises(LimitViolation, match=r"'index_bend' is 1.7.*xlvla calibrate"):
        bench.safe.inside(np.array([0.6, 1.7]))
    bench.device._qpos = bench.device._target = np.array([0.6, 1.7])
    with pytest.raises(LimitViolation, match="where it is measured"):
        bench.safe.command(MIDDLE)
    assert bench.device.sent == []


def test_holding_never_commands_outside_the_limits(hand):
    device = RecordingDriver(hand, lambda: 0.0)
    device._qpos = device._target = np.array([0.6, 1.53])
    Driver.hold(device)
    np.testing.assert_array_equal(device.sent[-1], [0.6, 1.5])


def test_a_device_is_released_only_after_a_stop(hand):
    bench = Bench(hand)
    bench.device.release = lambda: bench.device._note("release")
    bench.safe.release()
    assert [name for name, _ in bench.device.calls] == ["stop", "release"]
