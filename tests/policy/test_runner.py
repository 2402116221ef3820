"""The runner on a simulated clock: whatever the policy does, commands keep their period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import both_hands, layout_of, slow_wave
from tests.drivers.recording_driver import RecordingDriver
from tests.small_hand import small_hand
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.errors import DriverError, LimitViolation, PolicyError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import (
    EpisodeReport,
    Metadata,
    Policy,
    ReplayPolicy,
    RunSettings,
    SimClock,
    run_episode,
)

PERIOD = 0.02


class ScriptedPolicy(Policy):
    """Answers with what a function makes of the observation; notes what it was asked."""

    def __init__(
        self, layout: Layout, answer: Callable[[int, Observation], ActionChunk], history: int = 0
    ) -> None:
        self.asked: list[Observation] = []
        self._answer = answer
        self._metadata = replace(Metadata.of(layout), history=history)

    @property
    def name(self) -> str:
        return "a script"

    @property
    def metadata(self) -> Metadata:
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        self.asked.append(observation)
        return self._answer(len(self.asked) - 1, observation)


def chunk(value: float = 0.3, count: int = 64, width: int = 32, final: bool = False):
    return ActionChunk(np.full((count, width), value), "xl-1", 0.05, final)


class Bench:
    """A small hand on a simulated clock, and a policy that plays its own recording."""

    def __init__(
        self,
        folder: Path,
        latency_s: float | Callable[[int], float] = 0.0,
        fails: tuple[str, ...] = (),
    ) -> None:
        self.hand = small_hand(folder)
        self.layout = layout_of(self.hand)
        self.clock = SimClock(latency_s=latency_s)
        self.device = RecordingDriver(self.hand, self.clock.now, fails)
        self.recording = slow_wave(self.hand)
        self.replay = ReplayPolicy(self.recording, self.layout)

    def run(self, policy: Policy | None = None, max_time_s: float | None = None) -> EpisodeReport:
        settings = RunSettings(max_time_s=max_time_s)
        return run_episode([self.device], self.layout, policy or self.replay, self.clock, settings)

    def scripted(self, *answers: ActionChunk) -> ScriptedPolicy:
        """A policy that answers these, and the last of them for ever."""
        return ScriptedPolicy(self.layout, lambda number, _: answers[min(number, len(answers) - 1)])


def periods(device: RecordingDriver) -> np.ndarray:
    return np.diff(device.times("command"))


def stopped(device: RecordingDriver) -> bool:
    return [name for name, _ in device.calls][-2:] == ["stop", "close"]


def test_a_hand_follows_a_recording_to_its_end(tmp_path: Path):
    bench = Bench(tmp_path)
    report = bench.run()
    expected = bench.layout.decode(
        bench.layout.encode(bench.recording.qpos).astype(float), np.zeros(2)
    )
    steps = len(report.time_s)
    played = np.stack(
        [np.interp(report.time_s, bench.recording.time_s, q) for q in expected.T], axis=1
    )
    np.testing.assert_allclose(report.targets, played, atol=2e-3)
    assert np.abs(report.qpos[50:] - report.targets[50:]).max() < 0.05
    assert report.final
    assert steps * PERIOD >= bench.replay.duration_s
    assert (report.holds, report.limits_touched, report.clipped, report.outdated) == (0, 0, 0, 0)
    assert report.worst_period_error_s < 1e-9
    assert stopped(bench.device)


def test_the_start_moves_from_the_measured_posture_at_the_velocity_limit(tmp_path: Path):
    bench = Bench(tmp_path)
    report = bench.run()
    sent = np.array(bench.device.sent)
    np.testing.assert_array_equal(sent[0], bench.hand.posture("open"))
    fastest = np.abs(np.diff(sent, axis=0)).max(axis=0)
    assert (fastest <= bench.hand.velocity_limits * PERIOD + 1e-9).all()
    assert report.limits_touched == 0
    assert bench.device.times("command")[0] < bench.device.times("command")[-1] - 6.0


def test_the_same_run_gives_the_same_bits(tmp_path: Path):
    reports = [Bench(tmp_path, latency_s=0.13).run() for _ in range(2)]
    for name in ("time_s", "qpos", "targets"):
        np.testing.assert_array_equal(getattr(reports[0], name), getattr(reports[1], name))
    assert reports[0].chunk_ages_s == reports[1].chunk_ages_s


def test_rows_that_passed_while_the_answer_travelled_are_dropped(tmp_path: Path):
    bench = Bench(tmp_path, latency_s=0.13)
    report = bench.run()
    ages = np.array(report.chunk_ages_s)
    assert (ages >= 0.13 - 1e-9).all()
    assert (ages <= 0.13 + PERIOD).all()
    assert report.rows_dropped == 2 * (len(ages) - 1)  # the first answer only says where to go
    assert report.holds == 0
    late = np.interp(report.time_s + 0.14, bench.recording.time_s, bench.recording.qpos[:, 0])
    close = bench.layout.decode(
        bench.layout.encode(np.stack([late, late], axis=1)).astype(float), np.zeros(2)
    )
    np.testing.assert_allclose(report.targets[:50, 0], close[:50, 0], atol=2e-3)


def test_a_server_that_answers_after_five_seconds_never_breaks_the_period(tmp_path: Path):
    """Its first answers are quick; then the body holds after 0.3 s and is stopped after 2 s."""
    bench = Bench(tmp_path, latency_s=lambda question: 0.0 if question < 2 else 5.0)
    with pytest.raises(PolicyError, match="did not answer in 2 s; small:right was stopped"):
        bench.run()
    np.testing.assert_allclose(periods(bench.device), PERIOD, atol=1e-9)
    ((_, held), (stop,)) = bench.device.times("hold"), bench.device.times("stop")
    assert stop - held == pytest.approx(2.0 - 0.3, abs=PERIOD)
    sent = np.array(bench.device.sent)[bench.device.times("command") >= held]
    assert np.ptp(sent, axis=0).max() == 0.0
    assert len(sent) == pytest.approx(1.7 / PERIOD, abs=1)
    assert stopped(bench.device)


def test_a_server_that_always_answers_after_five_seconds_is_never_played(tmp_path: Path):
    """Its answers are older than the 3.2 s their rows last."""
    bench = Bench(tmp_path, latency_s=5.0)
    with pytest.raises(PolicyError, match=r"answers came 5 s old.*faster computer"):
        bench.run()
    np.testing.assert_allclose(periods(bench.device), PERIOD, atol=1e-9)
    assert np.ptp(bench.device.sent) == 0.0
    assert stopped(bench.device)


def test_after_a_hold_the_motion_goes_on_with_the_next_answer(tmp_path: Path):
    bench = Bench(tmp_path, latency_s=lambda question: 1.0 if question == 2 else 0.0)
    report = bench.run()
    assert (report.final, report.holds) == (True, 1)
    np.testing.assert_allclose(periods(bench.device), PERIOD, atol=1e-9)
    held = (report.time_s > 3.15 + 0.32) & (report.time_s < 3.15 + 0.98)
    assert np.ptp(report.targets[held], axis=0).max() == 0.0


def test_time_limit_ends_an_episode_that_would_go_on(tmp_path: Path):
    bench = Bench(tmp_path)
    report = bench.run(bench.scripted(chunk()), max_time_s=1.0)
    assert not report.final
    assert report.time_s[-1] == pytest.approx(1.0)
    assert stopped(bench.device)


def test_observations_carry_the_row_of_now_and_the_time_since_the_first_row(tmp_path: Path):
    bench = Bench(tmp_path)
    policy = bench.scripted(chunk(), chunk(), chunk(), chunk(final=True))
    bench.run(policy)
    np.testing.assert_allclose([o.time_s for o in policy.asked], [0, 0, 3.15, 6.3], atol=PERIOD)
    np.testing.assert_array_equal(policy.asked[0].state, bench.layout.encode(np.zeros(2)))


def test_history_ends_with_now_and_repeats_the_first_row_at_the_start(tmp_path: Path):
    bench = Bench(tmp_path)
    policy = ScriptedPolicy(
        bench.layout,
        lambda number, _: replace(
            bench.replay.infer(Observation(np.zeros(0), 3.1 * max(number - 1, 0))),
            final=number == 3,
        ),
        history=4,
    )
    bench.run(policy)
    first, _, later, _ = (observation.state_history for observation in policy.asked)
    assert first is not None
    assert later is not None
    assert first.shape == (4, 32)
    assert (first == first[0]).all()
    np.testing.assert_allclose(later[-1], policy.asked[2].state, atol=1e-6)
    assert np.unique(later[:, 0]).size == 4


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
    bench = Bench(tmp_path)
    with pytest.raises(PolicyError, match=message):
        bench.run(bench.scripted(chunk(), chunk(), answer))
    assert stopped(bench.device)


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
    assert [name for name, _ in device.calls][-3:] == ["hold", "stop", "close"]
    fastest = np.abs(np.diff(device.sent, axis=0)).max()
    assert fastest <= 0.3 * PERIOD + 1e-9


def test_two_hands_follow_one_hands_rows_each_by_its_own_codec(tmp_path: Path):
    right, left = both_hands(tmp_path)
    layout, clock = layout_of(right, left), SimClock()
    devices = [SimulatedDriver(hand, now=clock.now) for hand in (right, left)]
    rows = np.concatenate([np.full((64, 32), 0.2), np.full((64, 32), -0.2)], axis=1)
    policy = ScriptedPolicy(layout, lambda *_: ActionChunk(rows, "xl-1", 0.05, final=True))
    report = run_episode(devices, layout, policy, clock)
    expected = layout.decode(rows[0], np.zeros(4))
    np.testing.assert_allclose(report.qpos[-1], expected, atol=1e-6)
    saved = report.recording()
    assert saved.joint_names[::2] == ("right_thumb_yaw", "left_thumb_yaw")
    saved.save(tmp_path / "run.npz")
    assert len(saved.load(tmp_path / "run.npz")) == len(report.time_s)


def test_the_report_is_plain_data(tmp_path: Path):
    facts = Bench(tmp_path).run().to_json()
    assert facts["final"] is True
    assert facts["rows_played"] >= 6.0 * 20
    assert set(map(type, facts.values())) <= {str, bool, int, float, list}
