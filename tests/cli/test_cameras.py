"""`xlvla cameras` and `xlvla look`, without a camera: a video file, and what the system would list."""

from __future__ import annotations

import json
import os
from pathlib import Path

import av
import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.videos import grey, write_video
from xlvla_sdk.drivers import v4l2


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.mp4", [40, 200] * 10, rate=50)


def test_cameras_and_their_kinds_are_listed(xlvla: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(v4l2, "devices", lambda _: [("/dev/video0", "Eye"), ("/dev/video2", "")])
    lines = xlvla("cameras").out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["CAMERA", "NAME"],
        ["/dev/video0", "Eye"],
        ["/dev/video2"],
    ]
    assert lines[4].split() == ["KIND", "PLUGIN"]
    facts = json.loads(xlvla("cameras", "--json").out)
    assert facts["cameras"][0] == {"address": "/dev/video0", "name": "Eye"}
    assert [kind["wire"] for kind in facts["kinds"]][:2] == ["v4l2", "video"]


def test_where_there_is_no_camera_it_is_said(xlvla: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(v4l2, "devices", lambda _: [])
    assert xlvla("cameras").out.startswith("there is no camera\n")


def test_cameras_that_may_not_be_opened_are_said(
    xlvla: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "video3").touch()
    monkeypatch.setattr(v4l2, "DEVICES", tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    done = xlvla("cameras", "--json")
    assert json.loads(done.out)["forbidden"] == [str(tmp_path / "video3")]
    assert "video3: you may not open it. Add yourself to the group that owns it" in done.err


def test_a_look_says_size_and_rate_and_writes_the_picture(
    xlvla: Command, film: Path, tmp_path: Path
):
    out = tmp_path / "seen.png"
    words = ("--duration", "0.2", "--out", out)
    facts = json.loads(xlvla("look", f"video:{film}?loop=1", *words, "--json").out)
    assert (facts["width"], facts["height"]) == (64, 48)
    assert facts["rate_hz"] > 0.0
    with av.open(str(out)) as png:
        image = next(png.decode(video=0)).to_ndarray(format="rgb24")
    assert min(np.abs(image.astype(int) - grey(level)).max() for level in (40, 200)) < 6


def test_a_camera_of_the_station_is_looked_through_by_name(
    xlvla: Command, film: Path, tmp_path: Path
):
    station = tmp_path / "lab.toml"
    station.write_text(f'[cameras]\nfront = "video:{film}?loop=1"\n')
    done = xlvla("look", "front", "--station", station, "--duration", "0")
    assert done.out.splitlines()[0].split() == ["size", "64", "x", "48"]


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("/dev/video250", "/dev/video250: there is no such camera. `xlvla cameras` lists"),
        ("/dev/null", "/dev/null: is no camera."),
        ("front", "'front' is no camera's address."),
        ("acme:17", "no camera has the wire 'acme'."),
        ("mujoco:front", "is a camera of the simulation, and there is none."),
        ("video:no.mp4", "no.mp4: there is no such file."),
    ],
)
def test_what_cannot_be_looked_through_is_refused(
    xlvla: Command, tmp_path: Path, camera: str, said: str
):
    out = tmp_path / "seen.png"
    error = xlvla("look", camera, "--out", out).error
    assert error.startswith("DriverError: ")
    assert said in error
    assert not out.exists()


def test_a_file_that_is_no_video_is_refused(xlvla: Command, motion: Path):
    assert "is no video that FFmpeg reads" in xlvla("look", f"video:{motion}").error


def test_a_video_that_ends_while_it_is_looked_at_is_said(xlvla: Command, film: Path):
    assert "the video is over" in xlvla("look", f"video:{film}", "--duration", "20").error
