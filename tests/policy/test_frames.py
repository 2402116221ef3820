"""Cameras in an episode: what the policy sees, and what happens when they see nothing new."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.policy.scripted import Bench, ScriptedPolicy, stopped
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DriverError
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import ReplayPolicy, RunSettings, Status, WallClock, run_episode
from xlvla_sdk.policy.frames import Frames


class FakeCamera(Camera):
    """A picture taken at the moment that a function of now says; notes what is done to it."""

    def __init__(self, now: Callable[[], float], taken: Callable[[float], float]) -> None:
        self.calls: list[str] = []
        self._now, self._taken = now, taken

    def open(self) -> None:
        self.calls.append("open")

    def close(self) -> None:
        self.calls.append("close")

    def read(self) -> Frame:
        self.calls.append("read")
        taken_s = self._taken(self._now())
        return Frame(np.full((2, 3, 3), int(10 * taken_s) % 256, np.uint8), taken_s)


def gone(now: float) -> float:
    if now > 0.5:
        raise DriverError("/dev/video0: it does not answer. Look at its cable.")
    return now


def seen(bench: Bench, camera: Camera, settings: RunSettings = RunSettings(max_time_s=4.0)):  # noqa: B008
    """A moving episode of short chunks: its observations and its report."""
    asked: list[Observation] = []
    replay = ReplayPolicy(bench.recording, bench.layout, horizon=16)

    def answer(number: int, observation: Observation) -> ActionChunk:
        asked.append(observation)
        return replay.infer(observation)

    policy = ScriptedPolicy(bench.layout, answer)
    report = run_episode(
        [bench.device], bench.layout, policy, bench.clock, settings, cameras={"front": camera}
    )
    return asked, report


def test_the_policy_sees_the_picture_of_its_question_under_the_cameras_name(tmp_path: Path):
    bench = Bench(tmp_path)
    camera = FakeCamera(bench.clock.now, lambda now: now - 0.05)
    asked, report = seen(bench, camera)
    assert all(set(observation.images) == {"front"} for observation in asked)
    assert asked[0].images["front"].shape == (2, 3, 3)
    assert len(asked) == camera.calls.count("read") > 4
    assert report.frame_age_s == pytest.approx(0.05)
    assert report.holds == 0
    assert (camera.calls[0], camera.calls[-1]) == ("open", "close")


def test_an_old_picture_holds_and_a_new_one_goes_on(tmp_path: Path, caplog):
    bench = Bench(tmp_path)
    camera = FakeCamera(bench.clock.now, lambda now: 1.0 if 1.0 < now < 3.0 else now)
    asked, report = seen(bench, camera)
    assert report.holds == 1
    assert "the newest picture of camera 'front' is" in caplog.text
    times, sent = bench.device.times("command"), np.array(bench.device.sent)
    held, before = (times > 1.7) & (times < 3.0), (times > 0.7) & (times < 1.0)
    assert np.ptp(sent[held], axis=0).max() < 1e-12
    assert np.ptp(sent[before], axis=0).min() > 0.01
    assert asked[-1].time_s > 2.5
    np.testing.assert_allclose(np.diff(times), 0.02, atol=1e-9)


def test_no_new_picture_for_long_stops_the_hand(tmp_path: Path):
    bench = Bench(tmp_path)
    camera = FakeCamera(bench.clock.now, lambda now: min(now, 1.0))
    settings = RunSettings(give_up_s=1.0)
    with pytest.raises(DriverError, match=r"'front' is \d+ ms old, and no newer one came in 1 s"):
        seen(bench, camera, settings)
    assert stopped(bench.device)
    assert camera.calls[-1] == "close"


def test_a_camera_that_dies_stops_the_hand_and_is_named(tmp_path: Path):
    bench = Bench(tmp_path)
    with pytest.raises(DriverError, match="camera 'front': /dev/video0: it does not answer"):
        seen(bench, FakeCamera(bench.clock.now, gone))
    assert stopped(bench.device)


def test_when_the_second_camera_does_not_open_the_first_is_closed_and_nothing_moves(tmp_path: Path):
    bench = Bench(tmp_path)
    first = FakeCamera(bench.clock.now, lambda now: now)
    second = FakeCamera(bench.clock.now, lambda now: now)
    second.open = gone_at_once
    with pytest.raises(DriverError, match="does not open"):
        run_episode(
            [bench.device],
            bench.layout,
            bench.replay,
            bench.clock,
            cameras={"front": first, "side": second},
        )
    assert first.calls[-1] == "close"
    assert bench.device.calls == []


def gone_at_once() -> None:
    raise DriverError("/dev/video1: does not open.")


def test_on_the_wall_clock_a_camera_that_hangs_keeps_nobody_waiting():
    """What it showed last grows old: that is how the loop sees it."""
    clock, hang = WallClock(), threading.Event()
    reads: list[float] = []

    def taken(now: float) -> float:
        reads.append(now)
        if len(reads) > 1:
            hang.wait(5)
        return now

    with Frames({"front": FakeCamera(clock.now, taken)}, clock, 0.05) as frames:
        assert frames.late(frames.look()) is None
        time.sleep(0.1)
        asked_s = time.monotonic()
        words = frames.late(frames.known())
        assert time.monotonic() - asked_s < 1.0
        hang.set()
    assert words is not None
    assert words.startswith("the newest picture of camera 'front' is")


def test_whoever_looks_on_is_told_every_period(tmp_path: Path):
    bench, told = Bench(tmp_path), list[Status]()
    camera = FakeCamera(bench.clock.now, lambda now: now)
    run_episode(
        [bench.device],
        bench.layout,
        bench.replay,
        bench.clock,
        RunSettings(max_time_s=1.0),
        cameras={"front": camera},
        monitor=told.append,
    )
    assert told[0].standing == "moves to the first row"
    last = replace(told[-1], chunk_age_s=None)
    assert last.rate_hz == pytest.approx(50.0)
    assert last.standing is None
    assert len(told) > 50


class OneThreadCamera(FakeCamera):
    """A camera that looks at what the loop's thread changes."""

    thread_safe = False

    def read(self) -> Frame:
        assert threading.current_thread() is threading.main_thread()
        return super().read()


def test_a_camera_that_is_not_thread_safe_is_read_in_the_thread_that_looks():
    clock = WallClock()
    camera = OneThreadCamera(clock.now, lambda now: now)
    with Frames({"front": camera}, clock, 0.2) as frames:
        assert frames.known() == {}
        assert camera.calls == ["open"]
        first, second = (frames.look()["front"] for _ in range(2))
    assert second.time_s >= first.time_s
    assert camera.calls == ["open", "read", "read", "close"]
