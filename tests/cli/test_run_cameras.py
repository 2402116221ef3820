"""`xlvla run --camera`: what the policy sees, and that a lost camera stops what moves."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.sync.server import ServerConnection, serve

from tests.cli.conftest import Command, waving
from tests.line_device import LineEmulator
from tests.policy.test_stop_frames import when
from tests.videos import Feed, grey, write_video
from xlvla_sdk.drivers import newest, v4l2
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.wire import pack, unpack
from xlvla_sdk.registry import registry

Infer = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def motion_of_line(line: LineEmulator, tmp_path: Path) -> Path:
    path = tmp_path / "motion.npz"
    waving("line:right", seconds=0.5).save(path)
    return path


@contextmanager
def policy_of(hand: str, infer: Infer) -> Iterator[str]:
    """A server of joint rows; its address."""
    rows = make_layout("raw-1", registry().embodiment(hand), {})

    def answer(connection: ServerConnection) -> None:
        connection.send(pack(Metadata.of(rows).to_wire()))
        for frame in connection:
            connection.send(pack(infer(unpack(frame, "the runner"))))

    with serve(answer, "127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}"
        listening.shutdown()
        thread.join()


def posture(hand: str) -> np.ndarray:
    """One row: the hand with every joint a little above its lower limit."""
    body = registry().embodiment(hand)
    return make_layout("raw-1", body, {}).encode(body.limits.lower + 0.1)


def test_a_policy_sees_the_cameras_by_their_names_and_is_told_the_prompt(
    xlvla: Command, tmp_path: Path
):
    front = write_video(tmp_path / "front.mp4", [60] * 40)
    side = write_video(tmp_path / "side.mp4", [180] * 40)
    station = tmp_path / "lab.toml"
    station.write_text(f'[cameras]\nfront = "video:nowhere.mp4"\nside = "video:{side}?loop=1"\n')
    seen: list[dict[str, Any]] = []
    row = posture("xhand:right")

    def infer(observation: dict[str, Any]) -> dict[str, Any]:
        seen.append(observation)
        return {"actions": np.tile(row, (4, 1)), "final": True}

    with policy_of("xhand:right", infer) as uri:
        done = xlvla(
            "run", "xhand:right", "--policy", uri, "--layout", "raw-1", "--sim-clock", "--json",
            "--station", station, "--camera", f"front=video:{front}", "--prompt", "take the can",
        )  # fmt: skip
    assert done.code == 0, done.err
    assert seen[0]["prompt"] == "take the can"
    images = _images(seen[0])
    assert set(images) == {"base_0_rgb", "side"}
    assert images["base_0_rgb"].shape == (48, 64, 3)
    assert np.abs(images["base_0_rgb"].astype(int) - grey(60)).max() < 6
    assert np.abs(images["side"].astype(int) - grey(180)).max() < 6


def _images(observation: dict[str, Any]) -> dict[str, np.ndarray]:
    """The arrays in an observation that are pictures, by the last part of their key."""
    found = {**observation, **observation.get("images", {}), **observation.get("image", {})}
    return {
        key.rpartition("/")[2]: value
        for key, value in found.items()
        if isinstance(value, np.ndarray) and value.dtype == np.uint8
    }


def test_a_camera_that_is_unplugged_stops_the_hand_and_is_named(
    xlvla: Command, line: LineEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(v4l2, "FORM", Feed.FORM)
    monkeypatch.setattr(newest, "SILENT_S", 60.0)
    feed = Feed(tmp_path / "camera")
    for level in (50, 60):
        feed.send(level, time.monotonic())
    when(lambda: sum(told[0] == "C" for told in line.hand.told) > 5, feed.close)
    row = posture("line:right")
    with policy_of("line:right", lambda _: {"actions": np.tile(row, (64, 1))}) as uri:
        error = xlvla(
            "run", "line:right", "--policy", uri, "--layout", "raw-1", "--driver", "hardware",
            "--address", line.address, "--yes", "--camera", f"front=v4l2:{feed.path}",
        ).error  # fmt: skip
    assert error.startswith(f"DriverError: camera 'front': {feed.path}: the camera is gone")
    assert line.hand.told[-1] == "S"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--camera", "front=/dev/video250"), "/dev/video250: there is no such camera."),
        (("--camera", "front=/dev/null"), "/dev/null: is no camera."),
        (("--camera", "front=video:{motion}"), "is no video that FFmpeg reads"),
        (("--camera", "front=video:no.mp4"), "no.mp4: there is no such file."),
        (("--camera", "top=/dev/video0"), "'top' is no camera's name. They are front, side, right"),
        (
            ("--camera", "front=/dev/video0", "--camera", "front=/dev/video1"),
            "--camera names front twice. Leave one of the two out.",
        ),
        (("--camera", "front"), "--camera front: no address."),
        (("--camera", "front=acme:1"), "no camera has the wire 'acme'. There are: v4l2, video"),
        (("--camera", "front=mujoco:front"), "is a camera of the simulation, and there is none."),
        (("--camera", "front=/dev/video0?zoom=2"), "there is no option 'zoom' on this wire."),
        (
            ("--camera", "side=/dev/video0", "--sim-clock"),
            "camera 'side' is real and keeps its own time. Leave --sim-clock out, or write",
        ),
        (("--prompt", "take the \udcff"), "--prompt is no text: its character 10 is none."),
    ],
)
def test_what_cannot_be_seen_or_said_is_refused_before_anything_moves(
    xlvla: Command,
    line: LineEmulator,
    tmp_path: Path,
    motion_of_line: Path,
    words: tuple[str, ...],
    said: str,
):
    simulated = "--sim-clock" in words
    where = () if simulated else ("--driver", "hardware", "--address", line.address, "--yes")
    policy = ("--policy", f"replay:{motion_of_line}", "--layout", "raw-1")
    given = [word.replace("{motion}", str(motion_of_line)) for word in words]
    done = xlvla("run", "line:right", *policy, *where, *given)
    assert said in done.error
    assert line.hand.told == []


def test_a_station_that_names_another_camera_is_refused(
    xlvla: Command, line: LineEmulator, tmp_path: Path, motion_of_line: Path
):
    station = tmp_path / "lab.toml"
    station.write_text('[cameras]\nwrist = "/dev/video0"\n')
    policy = ("--policy", f"replay:{motion_of_line}", "--layout", "raw-1")
    error = xlvla("run", "line:right", *policy, "--station", station).error
    assert "lab.toml: cameras: 'wrist' is no camera's name." in error


def test_without_pyav_it_is_said_what_to_install(
    xlvla: Command, line: LineEmulator, motion_of_line: Path, monkeypatch: pytest.MonkeyPatch
):
    for module in ("pictures", "newest", "v4l2", "video_file"):
        monkeypatch.delitem(sys.modules, f"xlvla_sdk.drivers.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    policy = ("--policy", f"replay:{motion_of_line}", "--layout", "raw-1")
    error = xlvla("run", "line:right", *policy, "--camera", "front=video:x.mp4").error
    assert "Write `pip install xlvla-sdk[camera]`." in error
