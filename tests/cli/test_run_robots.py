"""`xlvla run` of whole robots: one robot follows another's recording, simulated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.cli.conftest import Command
from tests.cli.test_robots import RAW, SOURCE, teleop
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import Station

__all__ = ["teleop"]  # the fixture


def moves(xlvla: Command, body: str, teleop: Path, out: Path, *words: object) -> Recording:
    done = xlvla(
        "run", body, "--policy", f"replay:{teleop}", *SOURCE, *RAW, "--sim-clock", "--rate", 20, "--record", out,
        "--json", *words,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads(done.out)["embodiment"] == body
    return Recording.load(out)


def points(recording: Recording, body: str, station: Station | None = None) -> np.ndarray:
    layout = Raw1(registry().embodiment(body), station)
    return layout.encode(recording.select(layout.embodiment.joints).array("action"))[:, 24:]


def test_a_robot_holds_its_pinch_point_where_the_recorded_one_did(
    xlvla: Command, teleop: Path, tmp_path: Path
):
    moved = moves(xlvla, "g1+inspire:right", teleop, tmp_path / "o.npz")
    layout = Raw1(registry().embodiment("xarm7+inspire:right"))
    wanted = layout.encode(Recording.load(teleop).select(layout.embodiment.joints).qpos)[:, 24:]
    got = points(moved, "g1+inspire:right")
    away = np.linalg.norm(got[:, None, :3] - wanted[None, :, :3], axis=-1)
    assert away.min(axis=1).max() < 0.005  # every command is on the recorded path
    np.testing.assert_allclose(got[-1], wanted[-1], atol=0.01)


def test_the_station_says_where_the_robot_stands(xlvla: Command, teleop: Path, tmp_path: Path):
    lab = tmp_path / "lab.toml"
    lab.write_text("[task_base]\nright = { xyz = [-0.4, -0.25, 0.05] }\n")
    body = "xarm7+inspire:right"
    here = moves(xlvla, body, teleop, tmp_path / "a.npz")
    there = moves(xlvla, body, teleop, tmp_path / "b.npz", "--station", lab)
    assert np.abs(here.qpos[-1, :7] - there.qpos[-1, :7]).max() > 0.01
    np.testing.assert_allclose(
        points(there, body, Station.load(lab))[-1], points(here, body)[-1], atol=0.01
    )


def test_a_hand_alone_takes_the_hands_columns_and_says_so(
    xlvla: Command, teleop: Path, tmp_path: Path
):
    out = tmp_path / "o.npz"
    words = ("--policy", f"replay:{teleop}", *SOURCE, *RAW, "--sim-clock", "--record", out)
    done = xlvla("run", "inspire:right", *words)
    assert done.code == 0
    assert "has rows of arms; inspire:right takes the hands' columns" in done.err
    assert Recording.load(out).joint_names == registry().hand("inspire:right").joints
