"""Two processes on loopback, which find each other by a file, against one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.learning.conftest import TINY
from tests.learning.demonstrations import reaches
from tests.learning.two_processes import RECIPE
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.learning.files import CARD, UNFINISHED, WEIGHTS
from xlvla_sdk.learning.parallel import ALONE, World
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import train

ROOT = Path(__file__).resolve().parents[2]
AGES_S = 1000.0
"""Long after what any machine needs [s]."""
pytestmark = pytest.mark.timeout(AGES_S)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes left; it is only read."""
    folder = tmp_path_factory.mktemp("together")
    reaches(folder / "dataset")
    lo = {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "tests.learning.two_processes"]
    both = [
        subprocess.Popen([*words, str(rank), str(folder)], cwd=ROOT, env={**os.environ, **lo})
        for rank in range(2)
    ]
    try:
        assert [one.wait(AGES_S) for one in both] == [0, 3]
    finally:
        for one in both:
            one.kill()
            one.wait()
    return folder


@pytest.fixture(scope="module")
def said(together: Path) -> list[dict[str, Any]]:
    return [json.loads((together / f"{rank}.json").read_text()) for rank in range(2)]


def test_two_processes_take_the_steps_of_one(
    together: Path, said: list[dict[str, Any]], tmp_path: Path
):
    losses: list[float] = []
    samples = Samples.of(reaches(tmp_path / "dataset"))
    train(samples, tmp_path, RECIPE, shape=TINY, told=lambda _, __, loss: losses.append(loss))
    whole = dict(zip(said[0]["steps"], said[0]["losses"], strict=True))
    assert [whole[step] for step in range(1, 7)] == pytest.approx(losses, abs=1e-4)


def test_the_gradient_of_both_parts_is_that_of_the_whole(together: Path, tmp_path: Path):
    train(Samples.of(reaches(tmp_path / "dataset")), tmp_path, replace(RECIPE, steps=1), shape=TINY)
    alone, both = moments(tmp_path), moments(together / "out" / "once")
    assert both.shape == alone.shape
    # Adam would make steps of what is rounding alone, so its first moments are looked at.
    assert float((both - alone).norm()) < 1e-5 * float(alone.norm())
    assert (both != alone).any()  # another order of sums


def moments(folder: Path) -> torch.Tensor:
    """Adam's first moments: after one step, the gradient times a constant."""
    found = load_file(folder / UNFINISHED)
    names = sorted(name for name in found if name.endswith(".exp_avg"))
    return torch.cat([found[name].flatten() for name in names])


def test_all_go_on_where_the_first_one_saved(said: list[dict[str, Any]]):
    assert said[0]["steps"] == said[1]["steps"] == [1, 2, 3, 3, 4, 5, 6]
    assert said[0]["losses"] == said[1]["losses"]


def test_the_first_one_alone_writes(together: Path):
    assert not (together / "1-has-none").exists()
    whole = together / "out" / "whole"
    assert {path.name for path in whole.iterdir()} == {CARD, WEIGHTS, UNFINISHED}
    assert json.loads((whole / CARD).read_text())["computed"]["on"] == 2


def test_processes_that_were_told_otherwise_are_refused_by_all(said: list[dict[str, Any]]):
    for one in said:
        assert (
            "process 1 trains something else than process 0 (seed 1 there, 0 here)" in one["other"]
        )


def test_all_hear_what_the_first_one_refuses(said: list[dict[str, Any]]):
    for one in said:
        assert "another training stands there (seed 7 there, 8 here)" in one["stands"]


def test_one_that_dies_ends_the_others(together: Path, said: list[dict[str, Any]]):
    assert said[0]["dead"].startswith("process 0 of 2 cannot reach the others any more")
    assert not (together / "out" / "dead" / CARD).exists()


def test_who_was_started_by_itself_is_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert World.started() == ALONE


def test_torchrun_says_who_one_is(monkeypatch: pytest.MonkeyPatch):
    for name, value in {"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert World.started() == World(3, 4, 1)
    monkeypatch.delenv("RANK")
    with pytest.raises(XlvlaError, match="'RANK' is not set"):
        World.started()


def test_parts_are_even_and_make_the_whole():
    whole = torch.arange(7)
    parts = [World(rank, 3).part(whole) for rank in range(3)]
    assert [len(part) for part in parts] == [3, 2, 2]
    assert torch.equal(torch.cat(parts), whole)
