"""`xlvla run --driver mujoco`: before a scene, through its cameras, filmed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from xlvla_sdk.sim import gl_platform

PLAY = ("--layout", "raw-1", "--sim-clock", "--duration", "0.3")


def test_an_unknown_scene_is_refused_with_the_nearest(xlvla: Command, motion: Path):
    done = xlvla(
        "run", "xhand:right", "--policy", f"replay:{motion}", *PLAY,
        "--driver", "mujoco", "--scene", "tabel",
    )  # fmt: skip
    assert done.code == 1
    assert "Did you mean 'table'?" in done.err


@pytest.mark.parametrize("option", [("--scene", "table"), ("--render", "out.mp4"), ("--view",)])
def test_what_mujoco_shows_is_refused_without_it(
    option: tuple[str, ...], xlvla: Command, motion: Path
):
    done = xlvla("run", "xhand:right", "--policy", f"replay:{motion}", *PLAY, *option)
    assert done.code == 1
    assert "Add --driver mujoco" in done.err


@pytest.mark.slow
@pytest.mark.gl
def test_a_run_before_the_table_is_seen_and_filmed(xlvla: Command, motion: Path, tmp_path: Path):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    film = tmp_path / "out.mp4"
    done = xlvla(
        "run", "inspire:right", "--policy", f"replay:{motion}", *PLAY, "--driver", "mujoco",
        "--scene", "table", "--camera", "front=mujoco:front", "--render", film, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads(done.out)["duration_s"] >= 0.28
    assert f"{film}: " in done.err
    assert film.read_bytes()[4:8] == b"ftyp"


def test_a_camera_the_simulation_has_not_is_refused(xlvla: Command, motion: Path):
    done = xlvla(
        "run", "inspire:right", "--policy", f"replay:{motion}", *PLAY, "--driver", "mujoco",
        "--camera", "front=mujoco:top",
    )  # fmt: skip
    assert done.code == 1
    assert "front, side, right_wrist" in done.err
