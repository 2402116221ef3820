"""Real demonstrations, made by several processes, killed in the middle and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.synthesis.lifting import same
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.rows import ACTION, PHYSICS, STATE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLAN = ("--task", "push-cans", "--embodiment", "xarm7+xhand:right", "--episodes", "3")
PLAN += ("--seed", "5", "--noise", "0.01")


def started(out: Path, processes: int) -> subprocess.Popen[str]:
    words = ["data", "synth", str(out), *PLAN, "--processes", str(processes)]
    run = "from xlvla_sdk.cli import main; import sys; main(sys.argv[1:])"
    guard = f"if __name__ == '__main__':\n    {run}"
    script = out.with_name("run.py")
    script.write_text(guard)
    return subprocess.Popen(
        [sys.executable, str(script), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finished(out: Path, processes: int) -> str:
    said = started(out, processes).communicate()[0]
    assert "3 episodes" in said, said
    return said


def rows(dataset: Dataset, name: str, episode: int) -> np.ndarray:
    return dataset.read(episode).numbers(name, dataset.feature(name))


def pieces(out: Path) -> list[Path]:
    return sorted(out.with_name(f".{out.name}.pieces").glob("*.npz"))


def test_a_killed_one_goes_on_and_is_what_one_process_makes(tmp_path: Path):
    finished(tmp_path / "whole", 1)
    run = started(tmp_path / "o", 2)
    while not pieces(tmp_path / "o"):
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.05)
    run.kill()
    run.communicate()
    first = pieces(tmp_path / "o")[0]
    born = first.stat().st_mtime_ns
    assert not (tmp_path / "o").exists()
    assert _session_is_empty(run.pid), "whoever worked for it has left with it"
    assert first.stat().st_mtime_ns == born
    finished(tmp_path / "o", 2)
    whole, made = Dataset.open(tmp_path / "whole"), Dataset.open(tmp_path / "o")
    assert len(made) == len(whole) == 3
    for episode in range(3):
        assert made.simulated(episode) == whole.simulated(episode)
        for name in (STATE, ACTION, PHYSICS):
            assert same(rows(whole, name, episode), rows(made, name, episode))
    assert made.read(0).prompts == whole.read(0).prompts


def test_ctrl_c_ends_it_and_keeps_what_is_done(tmp_path: Path):
    run = started(tmp_path / "o", 2)
    while not pieces(tmp_path / "o"):
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate()[0]
    assert run.returncode == 130, said
    assert "Traceback" not in said, said
    assert pieces(tmp_path / "o")
    assert not (tmp_path / "o").exists()


def _session_is_empty(pid: int) -> bool:
    """Waits until no process of a killed one's group is left."""
    for _ in range(1200):
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
