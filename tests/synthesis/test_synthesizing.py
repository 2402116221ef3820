"""As many demonstrations as were asked for, all of them done, and the same ones every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.registered import embodiment
from tests.synthesis.lifting import BODY, LIFT, NAME, registered, same
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.rows import ACTION, PHYSICS, STATE, THINGS
from xlvla_sdk.errors import DataError, SpecError, UnknownDevice
from xlvla_sdk.sim import build_world
from xlvla_sdk.sim.physics import physics_names
from xlvla_sdk.specs import Pose, Station
from xlvla_sdk.synthesis import SynthPlan, synthesize

PLAN = SynthPlan(NAME, BODY, 3)


def rows(dataset: Dataset, name: str, episode: int) -> np.ndarray:
    return dataset.read(episode).numbers(name, dataset.feature(name))


def seeds(dataset: Dataset) -> list[int]:
    return [place.seed for k in range(len(dataset)) if (place := dataset.simulated(k))]


class Interrupted(Exception):
    pass


def after(count: int):
    """Interrupts when so many episodes were tried."""

    def told(successes: int, tried: int, wanted: int) -> None:
        if tried == count:
            raise Interrupted

    return told


@pytest.mark.usefixtures("lift")
def test_what_the_judge_does_not_call_done_is_counted_and_left_out(tmp_path: Path):
    done = synthesize(PLAN, tmp_path / "o")
    made = Dataset.open(tmp_path / "o")
    assert (done.attempts, done.successes, done.kept) == (4, 3, 3)
    assert done.failures == {"not done in 0.6 s": 1}
    assert seeds(made) == [0, 1, 3]
    assert done.rows == made.info.frames
    assert all(place is not None and place.success for place in map(made.simulated, range(3)))


@pytest.mark.usefixtures("lift")
def test_failures_can_be_kept_and_say_so(tmp_path: Path):
    done = synthesize(replace(PLAN, keep_failures=True), tmp_path / "o", version="v2.1")
    made = Dataset.open(tmp_path / "o")
    assert (done.attempts, done.kept, seeds(made)) == (3, 3, [0, 1, 2])
    assert [place.done_s for k in range(3) if (place := made.simulated(k))] == [0.0, 0.0, None]


def test_rows_say_what_they_are(lifts: Dataset):
    body, first = embodiment(BODY), rows(lifts, STATE, 0)
    assert lifts.feature(ACTION).column_names == body.joints
    names = lifts.feature(PHYSICS).column_names
    assert names == physics_names(build_world(body, scene=LIFT.scene).model)
    assert names is not None
    for name in body.joints:
        column = next(k for k, one in enumerate(names) if one.endswith(name) and "qpos." in one)
        simulated = rows(lifts, PHYSICS, 0)[:, column]  # at an end stop a little beyond it
        assert first[:, body.joints.index(name)] == pytest.approx(simulated, abs=1e-3)
    assert set(lifts.tasks.values()) <= set(LIFT.instructions)


def test_rows_say_where_things_are(lifts: Dataset):
    """As the simulation's own state has it: position, and what the quaternion turns x and y to."""
    names, things = lifts.feature(THINGS).column_names, rows(lifts, THINGS, 0)
    numbers = lifts.feature(PHYSICS).column_names
    assert names is not None
    assert numbers is not None
    assert len(names) == 9 * len(LIFT.scene.loose) > 0
    physics = dict(zip(numbers, rows(lifts, PHYSICS, 0).T, strict=True))
    for number, thing in enumerate(LIFT.scene.loose):
        joint, mine = f"qpos.{thing.id}", slice(9 * number, 9 * number + 9)
        assert names[mine][0] == f"{thing.name}.x"
        position = np.stack([physics[f"{joint}.{axis}"] for axis in "xyz"], axis=-1)
        w, x, y, z = (physics[f"{joint}.{axis}"] for axis in ("qw", "qx", "qy", "qz"))
        first = [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)]
        second = [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)]
        expected = np.column_stack([position, *first, *second])
        assert things[:, mine] == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("lift")
def test_an_interrupted_one_goes_on_and_is_the_same(tmp_path: Path):
    synthesize(PLAN, tmp_path / "whole")
    with pytest.raises(Interrupted):
        synthesize(PLAN, tmp_path / "o", told=after(2))
    assert not (tmp_path / "o").exists()
    tried: list[int] = []
    synthesize(PLAN, tmp_path / "o", told=lambda _, tried_, __: tried.append(tried_))
    assert tried == [3, 4]
    whole, made = Dataset.open(tmp_path / "whole"), Dataset.open(tmp_path / "o")
    for episode in range(3):
        for name in (STATE, ACTION, PHYSICS):
            assert same(rows(whole, name, episode), rows(made, name, episode))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.usefixtures("lift")
def test_another_plan_begins_anew(tmp_path: Path):
    with pytest.raises(Interrupted):
        synthesize(PLAN, tmp_path / "o", told=after(2))
    tried: list[int] = []
    told = lambda _, tried_, __: tried.append(tried_)  # noqa: E731
    synthesize(replace(PLAN, seed=3, noise=0.02), tmp_path / "o", told=told)
    made = Dataset.open(tmp_path / "o")
    assert (tried, seeds(made)) == ([1, 2, 3, 4], [3, 4, 6])
    assert not np.array_equal(rows(made, ACTION, 0)[1:], rows(made, ACTION, 1)[1:])


@pytest.mark.usefixtures("lift")
def test_a_demonstrator_that_cannot_do_it_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xlvla_sdk.synthesis.synthesizing.HOPELESS", 2)
    impossible = replace(LIFT, success=lambda _: False)
    with (
        registered(impossible),
        pytest.raises(DataError, match="2 of 2 episodes, the last of them: not done"),
    ):
        synthesize(PLAN, tmp_path / "o")
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("lift")
def test_where_the_arm_stood_is_noted(tmp_path: Path):
    station = Station(task_base={"right": Pose(xyz=(-0.5, -0.3, 0.0))})
    synthesize(replace(PLAN, episodes=1, station=station), tmp_path / "o")
    place = Dataset.open(tmp_path / "o").simulated(0)
    assert place is not None
    assert Station.model_validate(dict(place.station)) == station


@pytest.mark.parametrize(
    ("plan", "kind", "said"),
    [
        (replace(PLAN, task="push-can"), SpecError, "Did you mean 'push-cans'"),
        (
            replace(PLAN, task="push-cans", embodiment="xhand:right"),
            SpecError,
            "no arm with a hand",
        ),
        (replace(PLAN, embodiment="xarm7+xhund:right"), UnknownDevice, "xhund"),
        (replace(PLAN, episodes=0), SpecError, "Ask for one at least"),
        (replace(PLAN, seed=-1), SpecError, "Seeds count from 0"),
        (replace(PLAN, task="push-cans", noise=-0.1), SpecError, "noise of -0.1 m is none"),
    ],
)
def test_what_cannot_begin_is_refused(tmp_path: Path, plan: SynthPlan, kind: type, said: str):
    with pytest.raises(kind, match=said):
        synthesize(plan, tmp_path / "o")
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "xlvla-data"])


def test_nothing_is_written_over(lifts: Dataset):
    with pytest.raises(DataError, match="is there already"):
        synthesize(replace(PLAN, task="push-cans"), lifts.root)
