"""The runner on a simulated clock: whatever the policy does, commands keep their period."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import both_hands, layout_of
from tests.policy.scripted import DEFAULTS, PERIOD, Bench, ScriptedPolicy, chunk, periods, stopped
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.errors import DataError, PolicyError, SpecError
from xlvla_sdk.messages import ActionChunk, Observation, Recording
from xlvla_sdk.policy import (
    EpisodeLog,
    Metadata,
    RunSettings,
    SimClock,
    run_episode,
)


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
    began = report.time_s > DEFAULTS.fade_s  # until then it leaves its standstill
    np.testing.assert_allclose(report.targets[began], played[began], atol=2e-3)
    assert np.abs(report.qpos[50:] - report.targets[50:]).max() < 0.05
    assert report.final
    assert steps * PERIOD >= bench.replay.duration_s
    assert (report.holds, report.limits_touched, report.clipped, report.outdated) == (0, 0, 0, 0)
    assert report.worst_period_error_s < 1e-9
    assert stopped(bench.device)


def test_a_policy_is_not_asked_without_a_camera_that_it_sees_by(tmp_path: Path):
    class Seeing(ScriptedPolicy):
        @property
        def metadata(self) -> Metadata:
            return replace(super().metadata, cameras=("front",))

    bench = Bench(tmp_path)
    with pytest.raises(PolicyError, match="a script sees by front, and there is no picture"):
        bench.run(Seeing(bench.layout, lambda *_: chunk()))
    assert bench.device.calls == []


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


def test_a_chunk_is_replaced_after_as_long_as_was_asked_for(tmp_path: Path):
    bench = Bench(tmp_path, latency_s=0.13)
    policy = bench.scripted(chunk())
    bench.run(policy, replace(DEFAULTS, replan_s=0.5, max_time_s=6.0))
    between = np.diff([one.time_s for one in policy.asked])[1:]
    assert len(between) > 10
    np.testing.assert_allclose(between, 0.5 - 0.13 - DEFAULTS.margin_s, atol=PERIOD + 1e-9)


def test_to_replace_a_chunk_before_it_has_taken_over_is_refused():
    with pytest.raises(SpecError, match="less than a chunk takes to take over"):
        RunSettings(replan_s=0.1)


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
    np.testing.assert_allclose(report.targets[20:50, 0], close[20:50, 0], atol=2e-3)


def test_a_server_that_answers_after_five_seconds_never_breaks_the_period(tmp_path: Path):
    """Its first answers are quick; then the body holds after 0.3 s and is stopped after 2 s."""
    bench = Bench(tmp_path, latency_s=lambda question: 0.0 if question < 2 else 5.0)
    with pytest.raises(PolicyError, match="did not answer in 2 s; small:right was stopped"):
        bench.run(settings=RunSettings(give_up_s=2.0))
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
    bench = Bench(tmp_path, latency_s=lambda question: 1.33 if question == 2 else 0.0)
    report = bench.run()
    assert (report.final, report.holds, report.ran_dry) == (True, 1, 1)
    np.testing.assert_allclose(periods(bench.device), PERIOD, atol=1e-9)
    held = (report.time_s > 3.15 + 0.32) & (report.time_s < 3.15 + 0.98)
    assert np.ptp(report.targets[held], axis=0).max() == 0.0


def test_time_limit_ends_an_episode_that_would_go_on(tmp_path: Path):
    bench = Bench(tmp_path)
    report = bench.run(bench.scripted(chunk()), RunSettings(max_time_s=1.0))
    assert not report.final
    assert report.time_s[-1] == pytest.approx(1.0)
    assert stopped(bench.device)


def test_observations_carry_the_row_of_now_and_the_time_since_the_first_row(tmp_path: Path):
    bench = Bench(tmp_path)
    policy = bench.scripted(chunk(), chunk(), chunk(), chunk(final=True))
    bench.run(policy)
    each = 63 * 0.05 - DEFAULTS.fade_s - DEFAULTS.margin_s
    np.testing.assert_allclose(
        [o.time_s for o in policy.asked], [0, 0, each, 2 * each], atol=2 * PERIOD
    )
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


def test_what_was_recorded_can_be_analysed_and_replayed(tmp_path: Path):
    bench, log = Bench(tmp_path, latency_s=0.13), EpisodeLog()
    report = run_episode([bench.device], bench.layout, bench.replay, bench.clock, log=log)
    log.save(tmp_path / "run.npz", bench.layout)
    saved = Recording.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(saved.array("action"), report.targets)
    with np.load(tmp_path / "run.npz") as file:
        arrays = {name: file[name] for name in file.files}
    asked, came = arrays["chunk_asked_s"], arrays["chunk_came_s"]
    np.testing.assert_allclose(came - asked, 0.14, atol=1e-6)
    assert report.chunks == len(asked) == len(arrays["chunk_rows"])
    playing = np.searchsorted(arrays["chunk_number"], arrays["chunk"])
    np.testing.assert_allclose(
        arrays["chunk_row"], np.minimum((saved.time_s - asked[playing]) / 0.05, 63), atol=1e-6
    )
    later = saved.time_s > 1.0
    decoded = bench.layout.decode(arrays["rows"].astype(float), np.zeros(2))
    np.testing.assert_allclose(decoded[later], saved.array("action")[later], atol=1e-6)
    np.testing.assert_allclose(arrays["sent_s"], saved.time_s)


def test_a_run_that_fails_leaves_what_was_noted(tmp_path: Path):
    bench, log = Bench(tmp_path), EpisodeLog()
    with pytest.raises(PolicyError):
        run_episode(
            [bench.device],
            bench.layout,
            bench.scripted(chunk(count=16), chunk(count=16), chunk(width=64)),
            bench.clock,
            log=log,
        )
    log.save(tmp_path / "run.npz", bench.layout)
    assert len(Recording.load(tmp_path / "run.npz")) > 1


def test_an_episode_without_a_row_is_not_written(tmp_path: Path):
    with pytest.raises(DataError, match="no rows to record"):
        EpisodeLog().save(tmp_path / "run.npz", Bench(tmp_path).layout)


def test_early_questions_let_a_slow_server_keep_the_motion_going(tmp_path: Path):
    """Answers take up to 0.9 s of the 3.15 s a chunk lasts: none runs dry once that is known."""
    bench = Bench(tmp_path, latency_s=lambda question: 0.5 + 0.4 * (question % 2))
    report = bench.run()
    assert (report.holds, report.ran_dry, report.final) == (0, 0, True)
    moving = report.time_s[1:] < 5.0  # later the recording is over
    assert np.diff(report.targets, axis=0).any(axis=1)[moving].all()


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
