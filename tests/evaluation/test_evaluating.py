from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.policy.servers import SteadyPolicy, openpi_server
from xlvla_sdk.errors import DataError, PolicyError, SpecError
from xlvla_sdk.evaluation import EvaluationSettings, evaluate
from xlvla_sdk.layouts import Arm1, Raw1
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import gl_platform
from xlvla_sdk.sim.task import Task
from xlvla_sdk.sim.tasks import PUSH_CANS, TASKS
from xlvla_sdk.specs import Pose, Station


def brief(task: Task = PUSH_CANS, horizon_s: float = 0.4) -> Task:
    """The task, with little time for it."""
    return replace(task, horizon_s=horizon_s)


@pytest.fixture(scope="module")
def layout() -> Arm1:
    return Arm1(registry().embodiment("xarm7:right"))


class Still(Policy):
    """Answers where the body is; falls over at `dies_s` if that is given."""

    def __init__(
        self,
        layout: Arm1,
        dies_s: float = np.inf,
        ends_s: float = np.inf,
        cameras: tuple[str, ...] = (),
    ) -> None:
        self.layout, self.dies_s, self.ends_s = layout, dies_s, ends_s
        self.cameras = cameras
        self.asked: list[Observation] = []

    @property
    def name(self) -> str:
        return "still"

    @property
    def metadata(self) -> Metadata:
        return replace(Metadata.of(self.layout, rate_hz=20.0, horizon=4), cameras=self.cameras)

    def infer(self, observation: Observation) -> ActionChunk:
        self.asked.append(observation)
        if observation.time_s >= self.dies_s:
            raise RuntimeError("fell over")
        rows = np.tile(observation.state, (4, 1))
        return ActionChunk(rows, "arm-1", 0.05, final=observation.time_s >= self.ends_s)


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if not task.hands])
def test_a_policy_that_does_nothing_succeeds_at_nothing(layout: Arm1, name: str):
    report = evaluate(Still(layout), brief(TASKS[name]), layout, [0])
    assert report.successes == 0
    assert report.failures == {"not done in 0.4 s": 1}


def test_a_task_for_two_hands_is_refused_to_one_arm(layout: Arm1):
    with pytest.raises(SpecError, match=r"hand-over-bottle needs right and left hand"):
        evaluate(Still(layout), "hand-over-bottle", layout, [0])


def test_what_was_evaluated_is_in_the_report(layout: Arm1):
    report = evaluate(Still(layout), brief(), layout, [3], EvaluationSettings(latency_s=0.1))
    assert (report.task, report.embodiment, report.policy) == ("push-cans", "xarm7:right", "still")
    assert (report.layout, report.latency_s) == ("arm-1", 0.1)
    assert [episode.seed for episode in report.episodes] == [3]


class Looking(Still):
    """Asks where things are."""

    @property
    def metadata(self) -> Metadata:
        return replace(super().metadata, things=True)


def test_where_things_are_is_told_to_those_who_ask_alone(layout: Arm1):
    blind, looking = Still(layout), Looking(layout)
    for policy in (blind, looking):
        evaluate(policy, brief(), layout, [3])
    assert not any(observation.things for observation in blind.asked)
    stands = PUSH_CANS.reset(3)
    for observation in looking.asked:
        assert set(observation.things) == {thing.name for thing in PUSH_CANS.scene.loose}
        for name, row in observation.things.items():
            T = stands[name]  # nothing has moved them; at most they settled
            assert row == pytest.approx(np.concatenate([T[:3, 3], T[:3, 0], T[:3, 1]]), abs=2e-3)


def test_a_task_that_is_done_ends_the_episode_and_counts(layout: Arm1):
    """Success from 0.5 s on, held for half a second; the policy would go on for half a minute."""
    task = replace(PUSH_CANS, success=lambda state: state.time_s > 0.45, hold_s=0.5)
    episode = evaluate(Still(layout), task, layout, [0]).episodes[0]
    assert episode.success
    assert episode.failure == ""
    assert episode.done_s == pytest.approx(0.5, abs=0.11)
    assert episode.duration_s < 1.5


def test_what_settles_after_the_policy_has_ended_counts(layout: Arm1):
    task = replace(PUSH_CANS, success=lambda state: state.time_s > 0.8, hold_s=1.0)
    assert evaluate(Still(layout, ends_s=0.2), task, layout, [0]).successes == 1
    never = replace(PUSH_CANS, success=lambda state: state.time_s > 5.0)
    report = evaluate(Still(layout, ends_s=0.2), never, layout, [0])
    assert report.failures == {"the policy ended before it was done": 1}


def test_a_policy_that_dies_in_mid_episode_fails_that_episode_with_the_reason(layout: Arm1):
    report = evaluate(Still(layout, dies_s=0.2), brief(), layout, [0, 1])
    assert [episode.success for episode in report.episodes] == [False, False]
    for episode in report.episodes:
        assert "fell over" in episode.failure
        assert episode.duration_s > 0.2


def test_the_same_seed_gives_the_same_result_whatever_ran_before(layout: Arm1):
    first = evaluate(Still(layout), brief(), layout, [5, 6])
    again = evaluate(Still(layout), brief(), layout, [6])
    assert again.episodes[0] == first.episodes[1]


def test_the_policy_is_told_what_to_do(layout: Arm1):
    policy = Still(layout)
    evaluate(policy, brief(), layout, [0])
    assert {asked.prompt for asked in policy.asked} == {PUSH_CANS.instruction}


@pytest.mark.slow
@pytest.mark.gl
def test_the_policy_sees_by_the_cameras_it_asks_for_and_those_it_is_given(
    layout: Arm1, tmp_path: Path
):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    policy = Still(layout, cameras=("front",))
    settings = EvaluationSettings(cameras=("side", "front"), films=tmp_path / "films")
    evaluate(policy, brief(horizon_s=0.1), layout, [3], settings)
    for image in policy.asked[0].images.values():
        assert image.std() > 10.0
    assert set(policy.asked[0].images) == {"front", "side"}
    assert [film.name for film in (tmp_path / "films").iterdir()] == ["push-cans-0003.mp4"]


def test_a_camera_that_is_not_there_is_refused(layout: Arm1):
    with pytest.raises(SpecError, match="no camera 'top'"):
        evaluate(Still(layout), brief(), layout, [0], EvaluationSettings(cameras=("top",)))
    with pytest.raises(SpecError, match="no camera 'top'"):
        evaluate(Still(layout, cameras=("top",)), brief(), layout, [0])


def test_a_file_is_no_folder_for_films(layout: Arm1, tmp_path: Path):
    (tmp_path / "films").write_text("")
    with pytest.raises(DataError, match="no folder for films"):
        evaluate(Still(layout), brief(), layout, [0], EvaluationSettings(films=tmp_path / "films"))


def test_other_seeds_are_told_in_other_words_when_asked_for(layout: Arm1):
    settings = EvaluationSettings(paraphrased=True)
    told = []
    report = evaluate(Still(layout), brief(), layout, [0, 1], settings, told.append)
    assert tuple(told) == report.episodes
    assert [e.instruction for e in report.episodes] == list(PUSH_CANS.instructions[:2])


@pytest.fixture
def server(layout: Arm1) -> Iterator[str]:
    row = layout.encode(registry().arm("xarm7").posture("ready"))
    steady = SteadyPolicy(np.tile(row, (4, 1)).astype(np.float32))
    metadata = Metadata.of(layout, rate_hz=20.0, horizon=4).to_wire()
    with openpi_server(steady, metadata) as uri:
        yield uri


def test_a_server_is_evaluated_over_the_wire(layout: Arm1, server: str):
    report = evaluate(server, brief(), layout, [0])
    assert report.policy == server
    assert report.failures == {"not done in 0.4 s": 1}


class Slow(SteadyPolicy):
    """Takes half as long again as its rows last."""

    def infer(self, obs: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.3)
        return super().infer(obs)


@pytest.mark.slow
def test_how_long_a_server_takes_here_does_not_matter(layout: Arm1):
    row = layout.encode(registry().arm("xarm7").posture("ready"))
    slow = Slow(np.tile(row, (4, 1)).astype(np.float32))
    metadata = Metadata.of(layout, rate_hz=20.0, horizon=4).to_wire()
    with openpi_server(slow, metadata) as uri:
        episode = evaluate(uri, brief(), layout, [0]).episodes[0]
    assert (episode.failure, episode.holds) == ("not done in 0.4 s", 0)


def test_rows_of_another_body_are_refused_before_the_first_episode(server: str):
    body = registry().embodiment("xarm7+xhand:right")
    told = []
    with pytest.raises(PolicyError, match="layout arm-1 there, raw-1 here"):
        evaluate(server, brief(), Raw1(body), [0], progress=told.append)
    assert told == []


@pytest.mark.parametrize(
    ("seeds", "said"),
    [([], "no seeds are given"), ([1, 2, 1], "seed 1 is given twice"), ([-1], "below zero")],
)
def test_seeds_that_cannot_be_counted_are_refused(layout: Arm1, seeds: list[int], said: str):
    with pytest.raises(SpecError, match=said):
        evaluate(Still(layout), brief(), layout, seeds)


def test_a_task_nobody_knows_is_refused_naming_the_nearest(layout: Arm1):
    with pytest.raises(SpecError, match="Did you mean 'place-box'"):
        evaluate(Still(layout), "place-boxes", layout, [0])


def test_a_body_without_arms_is_refused():
    hand = Raw1(registry().embodiment("xhand:right"))
    with pytest.raises(SpecError, match=r"has no arm.*xarm7\+xhand:right"):
        evaluate(Still(hand), PUSH_CANS, hand, [0])  # pyright: ignore[reportArgumentType]


def test_a_robot_that_stands_in_the_things_is_refused(layout: Arm1):
    T = PUSH_CANS.reset(0)["red_can"]
    station = Station(task_base={"right": Pose(xyz=(T[0, 3], T[1, 3], 0.0))})
    with pytest.raises(SpecError, match=r"touches the red_can .* \(seed 0\)"):
        evaluate(Still(layout), PUSH_CANS, layout, [0], EvaluationSettings(station=station))
