"""`xlvla data record`: episodes of a policy or of a hand, kept by keys or by themselves."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.cli.test_run_cameras import policy_of, posture
from tests.line_device import LineEmulator
from tests.policy.test_stop_frames import when
from tests.videos import Feed, eventually, write_video
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.drivers import newest, v4l2
from xlvla_sdk.recording import Keys

XLVLA = "from xlvla_sdk.cli import main; main()"
HAND = "inspire:right"


class Pressed(Keys):
    """Keys as they come."""

    def __init__(self, keys: Iterator[str | None]) -> None:
        self._keys = keys

    def poll(self) -> str | None:
        return next(self._keys)


def test_a_replayed_motion_becomes_a_dataset_with_pictures(
    xlvla: Command, motion: Path, tmp_path: Path
):
    film, out = write_video(tmp_path / "front.mp4", [60] * 300), tmp_path / "demos"
    done = xlvla(
        "data", "record", HAND, out, "--policy", f"replay:{motion}", "--layout", "raw-1",
        "--sim-clock", "--episodes", 2, "--seconds", 0.5, "--prompt", "wave", "--size", 32,
        "--camera", f"front=video:{film}", "--to", "v2.1",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.out == f"{out}: v2.1, 2 episodes, 22 rows at 20 Hz\n"
    found = Dataset.open(out)
    assert found.feature("observation.images.front").shape == (32, 32, 3)
    assert found.read(1).prompts == ["wave"] * 11
    assert xlvla("data", "check", out).code == 0


def test_keys_of_the_terminal_decide(
    xlvla: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wait = [None] * 15
    keys = iter([None, "s", *wait, "k", "s", *wait, "d", "s", *wait, "k", "q"])
    monkeypatch.setattr("xlvla_sdk.recording.TerminalKeys", lambda: Pressed(keys))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    done = xlvla("data", "record", HAND, tmp_path / "demos", "--source", "hand-guided")
    assert done.code == 0, done.err
    assert "episode 0: s starts, q quits" in done.err
    assert Dataset.open(tmp_path / "demos").info.episodes == 2


def test_ctrl_c_keeps_the_episodes_before_it(tmp_path: Path):
    """In a process of its own, by hand, without keys: an episode after the other."""
    out = tmp_path / "demos"
    words = ["data", "record", HAND, str(out), "--source", "hand-guided", "--seconds", "0.2"]
    command = [sys.executable, "-c", XLVLA, *words, "--episodes", "100000"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        spool = tmp_path / ".demos.episodes"
        eventually(lambda: process.poll() is not None or len([*spool.glob("e*")]) > 1, bool)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130, said
    found = Dataset.open(out)
    assert found.info.episodes == said.count(": kept, ") >= 2
    assert sum(len(episode.table) for episode in found) == found.info.frames
    assert [one.name for one in tmp_path.iterdir() if "demos" in one.name] == ["demos"]


def wired(line: LineEmulator, uri: str, out: Path) -> tuple[object, ...]:
    """Episodes of a policy on the hand at the end of a line."""
    return (
        "data", "record", "line:right", out, "--policy", uri, "--layout", "raw-1", "--driver",
        "hardware", "--address", line.address,
    )  # fmt: skip


def test_a_camera_that_is_unplugged_stops_the_hand_and_is_named(
    xlvla: Command, line: LineEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """On a busy machine its last picture is too old before it is gone; both end the recording."""
    monkeypatch.setattr(v4l2, "FORM", Feed.FORM)
    monkeypatch.setattr(newest, "SILENT_S", 60.0)
    feed = Feed(tmp_path / "camera")
    feed.send(50, time.monotonic())
    row = posture("line:right")
    with (
        policy_of("line:right", lambda _: {"actions": np.tile(row, (64, 1))}) as uri,
        when(lambda: sum(told[0] == "C" for told in line.hand.told) > 5, feed.close),
    ):
        error = xlvla(
            *wired(line, uri, tmp_path / "demos"), "--yes", "--camera", f"front=v4l2:{feed.path}"
        ).error
    assert error.startswith("DriverError: ")
    assert "camera 'front'" in error
    assert line.hand.told[-1] == "S"
    assert not [one for one in tmp_path.iterdir() if "demos" in one.name]


def test_nothing_real_moves_unasked(xlvla: Command, line: LineEmulator, tmp_path: Path):
    row = posture("line:right")
    with policy_of("line:right", lambda _: {"actions": np.tile(row, (64, 1))}) as uri:
        error = xlvla(*wired(line, uri, tmp_path / "demos"), "--seconds", 0.2).error
    assert "Is the way free" in error
    assert line.hand.told == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no policy is given"),
        (["--policy", "http://here"], "is no policy"),
        (["--source", "hand-guided"], "nothing ends an episode. Say how long it is: --seconds"),
        (["--source", "hand-guided", "--policy", "ws://here:1"], "Leave it out with --source"),
        (["--release", HAND, "--policy", "ws://here:1"], "for a body that is moved by hand"),
        (["--driver", "hardware", "--sim-clock"], "--sim-clock is for simulations"),
        (["--address", "serial:/dev/x"], "Add --driver hardware"),
        (["--scene", "table"], "Add --driver mujoco"),
        (
            ["--camera", "front=video:none.mp4", "--source", "hand-guided", "--seconds", "1"],
            "none.mp4: there is no such file",
        ),
    ],
)
def test_what_cannot_be_is_named(xlvla: Command, tmp_path: Path, words: list[str], said: str):
    done = xlvla("data", "record", HAND, tmp_path / "demos", *words)
    assert said in done.error
    assert not [one for one in tmp_path.iterdir() if "demos" in one.name]


def test_nothing_is_recorded_over(xlvla: Command, tmp_path: Path):
    (tmp_path / "demos").mkdir()
    words = ("--source", "hand-guided", "--seconds", "1")
    done = xlvla("data", "record", HAND, tmp_path / "demos", *words)
    assert "demos: is there already, and nothing is written over it" in done.error
