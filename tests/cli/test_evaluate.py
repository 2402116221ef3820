from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.policy.servers import SteadyPolicy, openpi_server
from xlvla_sdk.layouts import Arm1
from xlvla_sdk.policy import Metadata
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import tasks
from xlvla_sdk.sim.tasks import PUSH_CANS, TASKS


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is little time to push cans."""
    task = replace(PUSH_CANS, horizon_s=0.4)
    monkeypatch.setattr(tasks, "TASKS", {task.name: task})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An arm's policy that never moves it."""
    layout = Arm1(registry().embodiment("xarm7:right"))
    row = layout.encode(registry().arm("xarm7").posture("ready"))
    metadata = Metadata.of(layout, rate_hz=20.0, horizon=4).to_wire()
    with openpi_server(SteadyPolicy(np.tile(row, (4, 1)).astype(np.float32)), metadata) as uri:
        yield uri


def test_tasks_are_listed_with_what_to_do(xlvla: Command):
    said = xlvla("tasks").out
    for task in TASKS.values():
        line = next(line for line in said.splitlines() if line.startswith(task.name))
        assert task.instruction in line
        assert f"{task.horizon_s:g} s" in line


def test_tasks_are_told_to_programs_and_in_other_words(xlvla: Command):
    facts = {task["name"]: task for task in json.loads(xlvla("tasks", "--json").out)}
    assert set(facts) == set(TASKS)
    assert facts["place-box"]["things"] == ["box"]
    assert all(phrase in xlvla("tasks", "--words").out for phrase in PUSH_CANS.paraphrases)


def test_a_server_that_does_nothing_is_counted(xlvla: Command, server: str, hasty: None):
    words = ("evaluate", "xarm7:right", "--task", "push-cans", "--policy", server)
    done = xlvla(*words, "--seeds", "5:7")
    assert done.code == 0
    assert [line.split(":")[0] for line in done.err.splitlines()[-2:]] == ["seed 5", "seed 6"]
    assert "0 of 2, 0 %" in done.out
    assert "0 to 66 %" in done.out  # z^2 / (n + z^2)
    assert "2: not done in 0.4 s" in done.out


def test_the_same_goes_to_programs(xlvla: Command, server: str, hasty: None):
    words = ("evaluate", "xarm7:right", "--task", "push-cans", "--policy", server, "--seeds", "1")
    facts = json.loads(xlvla(*words, "--json", "--latency", "0.1").out)
    assert facts["policy"] == server
    assert facts["successes"] == 0
    assert facts["latency_s"] == 0.1
    assert facts["seeds"][0]["failure"] == "not done in 0.4 s"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--task": None}, "SpecError: no task is given. Write --task NAME"),
        (
            {"--task": "push-can"},
            "SpecError: no task is called 'push-can'. Did you mean 'push-cans'",
        ),
        ({"--seeds": "0"}, "SpecError: --seeds 0 are no seeds. Write 20, or 100:120."),
        ({"--seeds": "7:7"}, "SpecError: --seeds 7:7 are no seeds."),
        ({"--seeds": "few"}, "SpecError: --seeds few is neither N nor A:B."),
        ({"--seeds": "-3:2"}, "SpecError: push-cans: seed -3 is below zero."),
        ({"--policy": None}, "PolicyError: no policy is given."),
        ({"--policy": "model.pt"}, "PolicyError: 'model.pt' is no policy."),
        ({"--policy": "ws://127.0.0.1:1"}, "PolicyError: ws://127.0.0.1:1 cannot be reached"),
        ({"--policy": "replay:no.npz"}, "DataError: no.npz: there is no such file."),
        ({"--station": "no.toml"}, "SpecError: no.toml: cannot be read"),
        ({"--camera": "top"}, "SpecError: xarm7:right in MuJoCo: no camera 'top'. There are: "),
        ({"--layout": "xl-2"}, "PolicyError: no layout is called 'xl-2'."),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_words(
    xlvla: Command, server: str, changed: dict[str, str | None], said: str
):
    options = {"--task": "push-cans", "--policy": server, "--seeds": "1"} | changed
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    assert xlvla("evaluate", "xarm7:right", *words).error.startswith(said)


def test_rows_of_another_body_are_refused(xlvla: Command, server: str):
    words = ("--task", "push-cans", "--policy", server, "--layout", "raw-1")
    said = xlvla("evaluate", "xarm7+xhand:right", *words).error
    assert "arm-1" in said
    assert "raw-1" in said


def test_an_arm_that_stands_on_a_can_is_refused(xlvla: Command, server: str, tmp_path: Path):
    x, y = PUSH_CANS.reset(0)["blue_can"][:2, 3]
    station = tmp_path / "lab.toml"
    station.write_text(f'[task_base]\n"xarm7:right" = {{ xyz = [{x}, {y}, 0.0] }}\n')
    words = ("--task", "push-cans", "--policy", server, "--seeds", "1", "--station", station)
    assert "touches the blue_can of push-cans" in xlvla("evaluate", "xarm7:right", *words).error
