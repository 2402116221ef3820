"""`xlvla retarget` of whole robots: what it writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.layouts.test_transfer import wave
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry

SOURCE = ("--from", "xarm7+inspire:right")
RAW = ("--layout", "raw-1")


@pytest.fixture
def teleop(tmp_path: Path) -> Path:
    """A recording of an arm with a hand, and a column of something else."""
    one = wave(registry().embodiment("xarm7+inspire:right"), rows=10)
    extra = np.linspace(0.0, 1.0, 10)[:, None]
    path = tmp_path / "teleop.npz"
    names = (*one.joint_names, "lift")
    Recording(np.hstack([one.qpos, extra]), None, names, one.time_s).save(path)
    return path


def test_a_robots_recording_is_written_and_its_report_said(
    xlvla: Command, teleop: Path, space: Path, tmp_path: Path
):
    out = tmp_path / "out.npz"
    words = (*SOURCE, "--to", "xarm7+xhand:right", "--out", out, "--space", space)
    done = xlvla("retarget", teleop, *words, "--latent-only")
    assert done.code == 0
    assert "10 rows at 50.00 Hz, xarm7+inspire:right to xarm7+xhand:right; kept" in done.out
    assert "xarm7 on the right: follows 100.0% of the rows" in done.out
    moved = Recording.load(out)
    assert moved.joint_names == (*registry().embodiment("xarm7+xhand:right").joints, "lift")
    np.testing.assert_allclose(moved.qpos[:, -1], np.linspace(0.0, 1.0, 10))


def test_several_robots_and_json(xlvla: Command, teleop: Path, tmp_path: Path):
    words = ("--to", "xarm7+paxini:right", "--to", "g1+inspire:right", "--out", tmp_path / "o")
    done = xlvla("retarget", teleop, *SOURCE, *words, *RAW, "--shift", "-0.02,0,0.01", "--json")
    facts = json.loads(done.out)
    assert [fact["to"] for fact in facts] == ["xarm7+paxini:right", "g1+inspire:right"]
    assert facts[0]["shift"] == [-0.02, 0.0, 0.01]
    assert facts[1]["arms"][0]["part"] == 1.0
    assert facts[0]["fastest"][0]["device"] == "xarm7"
    assert all(Path(fact["out"]).is_file() for fact in facts)


def test_a_station_says_how_a_hand_is_mounted(xlvla: Command, teleop: Path, tmp_path: Path):
    lab = tmp_path / "lab.toml"
    lab.write_text('[mounts]\n"xarm7+inspire_ftp:right" = { xyz = [0.0, 0.0, 0.02] }\n')
    out = tmp_path / "o.npz"
    words = (*SOURCE, "--to", "xarm7+inspire_ftp:right", "--out", out, *RAW, "--station", lab)
    done = xlvla("retarget", teleop, *words)
    assert done.code == 0
    assert "follows 100.0% of the rows" in done.out


@pytest.mark.slow
def test_a_robot_that_stands_too_far_away_is_refused_unless_asked_for(
    xlvla: Command, teleop: Path, tmp_path: Path
):
    lab = tmp_path / "lab.toml"
    lab.write_text('[task_base]\n"g1:right" = { xyz = [-1.5, 0.0, 0.1] }\n')
    out = tmp_path / "o.npz"
    words = (*SOURCE, "--to", "g1+inspire:right", "--out", out, *RAW, "--station", lab)
    done = xlvla("retarget", teleop, *words)
    assert done.error.startswith("DataError: ")
    assert "g1 on the right can follow 0% of the rows" in done.error
    assert "No shift of up to 0.5 m helps" in done.error
    assert not out.exists()
    done = xlvla("retarget", teleop, *words, "--shift", "0,0,0")
    assert "follows 0.0% of the rows" in done.out
    assert out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "xarm7+inspire_ftp:right"), '[mounts] "xarm7+inspire_ftp:right" = '),
        (("--to", "xarm7+xhand:right", "--shift", "1,2"), "--shift '1,2' is not three numbers"),
        (("--to", "xarm7+xhand:left"), "has right arm, right hand, and xarm7+xhand:left has left"),
        (("--to", "xhand:right"), "rows of one are not rows of the other"),
        (("--to", "xarm7+xhand:right", "--from-station", "no.toml"), "no.toml: cannot be read"),
        (("--to", "xarm7+xhand:both"), "has right arm, right hand, and"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    xlvla: Command, teleop: Path, tmp_path: Path, words: tuple[str, ...], said: str
):
    out = tmp_path / "o.npz"
    done = xlvla("retarget", teleop, *SOURCE, *words, "--out", out, *RAW)
    assert said in done.error
    assert not out.exists()


def test_a_recording_without_the_arms_columns_is_refused(
    xlvla: Command, motion: Path, tmp_path: Path
):
    done = xlvla(
        "retarget", motion, *SOURCE, "--to", "xarm7+xhand:right", "--out", tmp_path / "o.npz", *RAW
    )
    assert "has no column for joint1, joint2" in done.error


def test_hands_alone_have_no_shift(xlvla: Command, motion: Path, tmp_path: Path):
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", tmp_path / "o.npz")
    done = xlvla("retarget", motion, *words, "--shift", "0,0,0")
    assert "--shift and --station are for robots with arms" in done.error


def test_a_station_that_names_no_device_is_refused(xlvla: Command, teleop: Path, tmp_path: Path):
    lab = tmp_path / "lab.toml"
    lab.write_text('[mounts]\n"xarm7+inspir:right" = { xyz = [0.0, 0.0, 0.0] }\n')
    words = (*SOURCE, "--to", "xarm7+xhand:right", "--out", tmp_path / "o.npz", *RAW)
    done = xlvla("retarget", teleop, *words, "--station", lab)
    assert "no device is called 'inspir:right'" in done.error
