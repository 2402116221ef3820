"""Two processes that ask for the same hand, and signals in the midst of training."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from tests.claw_hand import claw_urdf
from xlvla_sdk.codec import LatentSpace, load_codec
from xlvla_sdk.codec.store import user_codec

ASKING = Path(__file__).with_name("asking.py")
ROOT = ASKING.parents[2]
Ask = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def ask(tmp_path: Path, space: LatentSpace) -> Iterator[Ask]:
    """Starts a process that onboards the hand `new:right`; all have ended with the test."""
    urdf = tmp_path / "new.urdf"
    urdf.write_text(claw_urdf(length=0.045))
    words = [f"--urdf={urdf}", "--side=right", "--name=new", "--velocity=5", "--json"]
    words += [f"--tip={finger}={finger}_tip" for finger in ("thumb", "index", "middle")]
    words += [f"--space={space.name}"]

    with ExitStack() as started:

        def asking(hold: object = "-", *more: str, hashes: str = "0") -> subprocess.Popen[str]:
            given = {"PYTHONPATH": str(ROOT), "XLVLA_PLUGINS": "", "PYTHONHASHSEED": hashes}
            process = subprocess.Popen(
                [sys.executable, str(ASKING), str(hold), *words, *more],
                env={**os.environ, **given},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield asking


def wait_for(said: str, stream: IO[str] | None) -> None:
    """Reads on until a line says it."""
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line)
        if said in line:
            return
    raise AssertionError(f"'{said}' was never said:\n{''.join(lines)}")


def origin(process: subprocess.Popen[str]) -> str:
    """Where the codec is from that a process reports."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)["origin"]


@pytest.mark.slow
def test_two_at_once_train_one_codec(ask: Ask, space: LatentSpace, tmp_path: Path):
    first = ask(tmp_path / "go")
    wait_for("training", first.stderr)
    second = ask()
    wait_for("another process trains new:right: waiting for it to end", second.stderr)
    (tmp_path / "go").touch()
    found = [origin(first), origin(second)]
    path = user_codec(space.id, "new:right")
    assert found[0] == "trained"
    assert found[1] != "trained"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
def test_one_that_is_killed_holds_nobody_up(ask: Ask, space: LatentSpace, tmp_path: Path):
    first = ask(tmp_path / "never comes")
    wait_for("training", first.stderr)
    second = ask()
    wait_for("another process trains new:right", second.stderr)
    first.kill()
    assert origin(second) == "trained"
    assert load_codec(user_codec(space.id, "new:right")).hand == "new:right"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_any_process(ask: Ask, tmp_path: Path):
    outs = [tmp_path / f"{hashes}.safetensors" for hashes in ("1", "2")]
    for out in outs:
        assert origin(ask("-", f"--out={out}", hashes=out.stem)) == "trained"
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.slow
def test_a_signal_in_the_first_training_leaves_nothing(ask: Ask, space: LatentSpace):
    process = ask("never")
    wait_for("training", process.stderr)
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 143
    assert said.strip() == "new:right: training was stopped, and nothing was saved"
    assert not user_codec(space.id, "new:right").parent.exists()


@pytest.mark.slow
def test_ctrl_c_in_training_leaves_the_codec_that_was_there(ask: Ask, space: LatentSpace):
    path = user_codec(space.id, "new:right")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"the last good one")
    process = ask("never", "--again")
    wait_for("training", process.stderr)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    mend = (
        "new:right: training was stopped, and nothing was saved; new-right.safetensors is as it was"
    )
    assert said.strip() == mend
    assert path.read_bytes() == b"the last good one"
    assert [file.name for file in path.parent.iterdir()] == [path.name]
