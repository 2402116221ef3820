"""`xlvla data synth`, `render` and `replay`, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.synthesis.lifting import BODY, NAME, registered
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.sim import gl_platform
from xlvla_sdk.synthesis import SynthPlan, synthesize


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration of a task of a moment; it is only read."""
    folder = tmp_path_factory.mktemp("raw") / "raw"
    with registered():
        synthesize(SynthPlan(NAME, BODY, 1), folder)
    return folder


def test_demonstrations_are_made_and_played_again(xlvla: Command, tmp_path: Path):
    words = ("--task", NAME, "--embodiment", BODY, "--episodes", 1, "--seed", 2, "--to", "v2.1")
    with registered():
        done = xlvla("data", "synth", tmp_path / "o", *words, "--processes", 1)
        assert "success  1 of 2, 50 %" in done.out, done
        assert "failed, 1 times: not done in 0.6 s" in done.err
        assert "v2.1, 1 episodes, 5 rows at 20 Hz" in done.out
        told = xlvla("data", "info", tmp_path / "o").out
        assert f"{NAME} by {BODY}, 1 episodes, 1 done, seeds 3 to 3" in told
        done = xlvla("data", "replay", tmp_path / "o")
        assert "when it was made  1 of 1" in done.out, done
        assert "right index        0.00         0.00" in done.out
        (one,) = json.loads(xlvla("data", "replay", tmp_path / "o", "--json").out)
        assert one["done_s"] == 0.0
        assert max(one["measured"].values()) < 1e-7


@pytest.mark.slow
@pytest.mark.gl
def test_pictures_are_drawn_later(xlvla: Command, raw: Path, tmp_path: Path):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    words = ("--cameras", "front, right_wrist", "--size", 32, "--processes", 1)
    with registered():
        done = xlvla("data", "render", raw, tmp_path / "o", *words)
    assert "v3.0, 1 episodes, 5 rows, 32 x 32 from front, right_wrist" in done.out, done
    assert len(Dataset.open(tmp_path / "o").info.cameras) == 2


PUSH = ("--task", "push-cans", "--embodiment", BODY)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("synth", "o", "--task", "push-can", "--embodiment", BODY), "Did you mean 'push-cans'"),
        (("synth", "o", "--task", "push-cans", "--embodiment", "xhand:right"), "has no arm"),
        (("synth", "RAW", *PUSH), "is there already"),
        (("synth", "o", *PUSH, "--station", "nowhere.toml"), "cannot be read"),
        (("render", "RAW", "o", "--cameras", "wrist_right"), "There are: front, side, right_wrist"),
        (("render", "RAW", "RAW"), "is there already"),
        (("render", "nowhere", "o"), "name that folder"),
        (("replay", "RAW", "--embodiment", BODY), "rows are"),
        (("replay", "RAW", "--source", "nowhere"), "name that folder"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    xlvla: Command, raw: Path, tmp_path: Path, words: tuple[str, ...], said: str
):
    placed = [{"RAW": str(raw), "o": str(tmp_path / "o")}.get(word, word) for word in words]
    with registered():
        assert said in xlvla("data", *placed).error
    assert not (tmp_path / "o").exists()
