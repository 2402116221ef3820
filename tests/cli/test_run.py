"""`xlvla run` and `xlvla serve`: a hand follows another's recording, over a socket or without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command, waving
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry

XLVLA = [sys.executable, "-c", "from xlvla_sdk.cli import main; main()"]


@contextmanager
def served(*words: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of its own process; gives its address, and the process."""
    command = [*XLVLA, "serve", "--port", "0", *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip(), server
        finally:
            server.terminate()
            server.communicate(timeout=20)


def test_a_hand_follows_another_hands_recording(
    xlvla: Command, motion: Path, space: Path, tmp_path: Path
):
    out = tmp_path / "out.npz"
    done = xlvla(
        "run", "xhand:right", "--policy", f"replay:{motion}", "--space", space, "--sim-clock",
        "--record", out, "--json",
    )  # fmt: skip
    report = json.loads(done.out)
    assert done.code == 0
    assert report["final"]
    assert report["duration_s"] >= 1.95
    assert "reads the columns of inspire:right" in done.err
    moved = Recording.load(out)
    assert moved.joint_names == registry().hand("xhand:right").joints
    assert np.ptp(moved.qpos, axis=0).max() > 0.1


def test_the_report_is_a_table(xlvla: Command, motion: Path, space: Path):
    done = xlvla(
        "run", "inspire:right", "--policy", f"replay:{motion}", "--space", space, "--sim-clock",
        "--duration", "0.5",
    )  # fmt: skip
    assert done.out.splitlines()[0].split() == ["embodiment", "inspire:right"]
    assert "duration        0.50 s" in done.out


def test_joints_are_replayed_without_a_latent(xlvla: Command, motion: Path):
    done = xlvla(
        "run", "inspire:right", "--policy", f"replay:{motion}", "--layout", "raw-1",
        "--sim-clock", "--json",
    )  # fmt: skip
    assert json.loads(done.out)["final"]


def test_a_server_and_a_run_meet_over_a_socket(xlvla: Command, motion: Path, space: Path):
    with served("--policy", f"replay:{motion}", "--space", space) as (uri, server):
        done = xlvla("run", "ability:right", "--policy", uri, "--space", space, "--json")
        assert json.loads(done.out)["final"]
        assert json.loads(done.out)["rows_played"] > 30
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=20)
    assert server.returncode == 130
    assert "Traceback" not in said


def test_a_server_told_to_end_exits_143(motion: Path, space: Path):
    with served("--policy", f"replay:{motion}", "--space", space) as (uri, server):
        assert uri.startswith("ws://127.0.0.1:")
    assert server.returncode == 143


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_every_driver_is_stopped_when_a_run_is_interrupted(
    xlvla: Command,
    space: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: int,
):
    path = tmp_path / "long.npz"
    waving("xhand:right", seconds=60.0).save(path)
    stopped: list[str] = []
    moving = threading.Event()
    monkeypatch.setattr(SimulatedDriver, "stop", lambda driver: stopped.append(driver.spec.id))
    advance = SimulatedDriver.advance

    def moved(driver: SimulatedDriver, dt: float) -> None:
        advance(driver, dt)
        moving.set()

    def interrupt() -> None:
        assert moving.wait(30.0)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(SimulatedDriver, "advance", moved)
    threading.Thread(target=interrupt, daemon=True).start()
    done = xlvla("run", "xhand:right", "--policy", f"replay:{path}", "--space", space)
    assert done.code == code
    assert stopped == ["xhand:right"]


def test_known_hands_are_moved_and_retargeted_without_torch(
    motion: Path, space: Path, tmp_path: Path
):
    code = (
        "import sys\nfrom xlvla_sdk.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "assert 'torch' not in sys.modules"
    )
    words = ("--from", "inspire:right", "--space", str(space))
    run = ("run", "xhand:right", "--policy", f"replay:{motion}", "--sim-clock")
    retarget = ("retarget", str(motion), "--to", "xhand:right", "--out", str(tmp_path / "o.npz"))
    for command in (run, retarget):
        subprocess.run([sys.executable, "-c", code, *command, *words], check=True, timeout=60)
