"""The runner when something fails: whatever it is, every driver is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import both_hands, layout_of
from tests.drivers.recording_driver import RecordingDriver
from tests.policy.scripted import PERIOD, Bench, ScriptedPolicy, chunk, stopped
from tests.small_hand import small_hand
from xlvla_sdk.errors import DriverError, LimitViolation, PolicyError
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import (
    ReplayPolicy,
    RunSettings,
    SimClock,
    run_episode,
)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (chunk(width=64), "64 wide; layout xl-1 is 32 wide"),
        (replace(chunk(), layout="raw-1"), "layout raw-1, this run speaks xl-1"),
        (chunk(value=np.nan), "answered nan in row 0"),
        (chunk(count=0), "without rows"),
    ],
)
def test_an_answer_that_cannot_be_played_stops_the_hand(tmp_path: Path, answer, message: str):
    """Of another layout or width: at once. A bad one is asked for again until it gives up."""
    bench, settings = Bench(tmp_path), RunSettings(give_up_s=1.0)
    with pytest.raises(PolicyError, match=message):
        bench.run(bench.scripted(chunk(count=8), chunk(count=8), answer), settings)
    assert stopped(bench.device)


@pytest.mark.parametrize("bad", [chunk(value=np.nan), chunk(count=0)])
def test_one_bad_answer_is_asked_for_again(tmp_path: Path, bad: ActionChunk):
    bench = Bench(tmp_path)
    report = bench.run(bench.scripted(chunk(), chunk(), bad, chunk(final=True)))
    assert (report.final, report.failures, report.holds) == (True, 1, 0)


def test_a_bad_answer_before_anything_moved_is_an_error_at_once(tmp_path: Path):
    bench = Bench(tmp_path)
    with pytest.raises(PolicyError, match="answered nan in row 0"):
        bench.run(bench.scripted(chunk(value=np.nan), chunk()))
    assert np.ptp(bench.device.sent or [0.0]) == 0.0


def test_a_policy_that_raises_stops_the_hand(tmp_path: Path):
    bench = Bench(tmp_path)

    def fail(number: int, observation: Observation) -> ActionChunk:
        if number < 2:
            return chunk()
        raise ZeroDivisionError("of all things")

    with pytest.raises(PolicyError, match="a script failed: ZeroDivisionError: of all things"):
        bench.run(ScriptedPolicy(bench.layout, fail))
    assert stopped(bench.device)


def test_wrong_rows_are_refused_before_any_driver_opens(tmp_path: Path):
    bench = Bench(tmp_path)
    other = ReplayPolicy(bench.recording, layout_of(bench.hand, space="other@11111111"))
    with pytest.raises(PolicyError, match="space other@11111111 there, toy@00000000 here"):
        bench.run(other)
    assert bench.device.calls == []


@pytest.mark.parametrize("call", ["command", "hold"])
def test_a_device_that_fails_is_stopped(tmp_path: Path, call: str):
    bench = Bench(tmp_path, fails=(call,))
    with pytest.raises(DriverError, match=f"{call} failed"):
        bench.run()
    assert stopped(bench.device)


@pytest.mark.parametrize("way_out", [KeyboardInterrupt, SystemExit, MemoryError])
def test_every_way_out_stops_every_driver(tmp_path: Path, way_out: type[BaseException]):
    right, left = both_hands(tmp_path)
    layout = layout_of(right, left)

    def interrupt(dt: float) -> None:
        if clock.now() > 1.0:
            raise way_out

    clock = SimClock([interrupt])
    devices = [RecordingDriver(hand, clock.now) for hand in (right, left)]
    policy = ScriptedPolicy(layout, lambda *_: chunk(width=64))
    with pytest.raises(way_out):
        run_episode(devices, layout, policy, clock)
    assert all(stopped(device) for device in devices)


def test_a_driver_that_cannot_stop_keeps_no_other_from_stopping(tmp_path: Path):
    right, left = both_hands(tmp_path)
    layout, clock = layout_of(right, left), SimClock()
    devices = [
        RecordingDriver(right, clock.now),
        RecordingDriver(left, clock.now, fails=("stop",)),
    ]
    policy = ScriptedPolicy(layout, lambda *_: chunk(width=64, final=True))
    with pytest.raises(DriverError, match="stop failed"):
        run_episode(devices, layout, policy, clock)
    assert all(stopped(device) for device in devices)


def test_when_the_second_device_does_not_open_the_first_is_stopped(tmp_path: Path):
    right, left = both_hands(tmp_path)
    layout, clock = layout_of(right, left), SimClock()
    devices = [
        RecordingDriver(right, clock.now),
        RecordingDriver(left, clock.now, fails=("open",)),
    ]
    policy = ScriptedPolicy(layout, lambda *_: chunk(width=64))
    with pytest.raises(DriverError, match="open failed"):
        run_episode(devices, layout, policy, clock)
    assert stopped(devices[0])


@pytest.mark.parametrize("failing", [0, 1], ids=["right", "left"])
def test_when_one_side_fails_in_motion_both_are_stopped(tmp_path: Path, failing: int):
    hands = both_hands(tmp_path)
    layout, clock = layout_of(*hands), SimClock()
    devices = [RecordingDriver(hand, clock.now) for hand in hands]

    def fail(qpos: np.ndarray) -> None:
        if len(devices[failing].sent) > 100:
            raise DriverError(f"{hands[failing].id}: no reply.")
        RecordingDriver.command(devices[failing], qpos)

    devices[failing].command = fail
    policy = ScriptedPolicy(layout, lambda *_: chunk(width=64))
    with pytest.raises(DriverError, match=f"{hands[failing].id}: no reply"):
        run_episode(devices, layout, policy, clock)
    assert all(stopped(device) for device in devices)
    sent = [len(device.sent) for device in devices]
    assert abs(sent[0] - sent[1]) <= 1


def test_drivers_of_other_devices_are_refused(tmp_path: Path):
    right, left = both_hands(tmp_path)
    clock = SimClock()
    policy = ScriptedPolicy(layout_of(right), lambda *_: chunk())
    with pytest.raises(DriverError, match=r"needs drivers of small:right.*given are small:left"):
        run_episode([RecordingDriver(left, clock.now)], layout_of(right), policy, clock)


def test_too_fast_for_a_second_holds_then_stops_and_says_so(tmp_path: Path):
    slow = small_hand(tmp_path).model_copy(update={"velocity": 0.3})
    layout, clock = layout_of(slow), SimClock()
    device = RecordingDriver(slow, clock.now)
    jump = np.concatenate([np.full((2, 32), -0.9), np.full((62, 32), 0.9)])
    policy = ScriptedPolicy(layout, lambda *_: ActionChunk(jump, "xl-1", 0.05))
    with pytest.raises(LimitViolation, match="faster than its velocity limit for 1 s"):
        run_episode([device], layout, policy, clock)
    assert [name for name, _ in device.calls][-3:] == ["stop", "stop", "close"]
    fastest = np.abs(np.diff(device.sent, axis=0)).max()
    assert fastest <= 0.3 * PERIOD + 1e-9
