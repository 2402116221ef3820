"""examples/encode_many.py: Ray's processes make what `xlvla data encode` and `merge` make, and are gone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets import body_wave, make_dataset
from tests.registered import embodiment
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.sidecar import Body, Sidecar

SCRIPT = Path(__file__).resolve().parents[1] / "examples/encode_many.py"
BODIES = ("inspire:right", "xhand:right")


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home for Ray's token, and a folder for its sockets, whose paths must be short."""
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        yield {**os.environ, "HOME": str(tmp_path), "RAY_TMPDIR": folder}


@pytest.fixture
def raws(tmp_path: Path) -> list[Dataset]:
    """Two datasets of raw joints: the first says whose they are, the second does not."""
    bodies = [embodiment(name) for name in BODIES]
    made = [
        make_dataset(tmp_path / f"raw-{k}", [body_wave(body), body_wave(body, 90)], body.joints)
        for k, body in enumerate(bodies)
    ]
    whose = (Body.of(bodies[0], {}, None),)
    Sidecar(None, None, (), 20.0, 64, 0.0, whose, episodes=(0, 0)).save(made[0].root)
    return made


def ran(surroundings: dict[str, str], *words: object) -> tuple[int, str, str]:
    """Runs the example in a session of its own, of which nothing may be left."""
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=surroundings, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as child:
        try:
            out, err = child.communicate(timeout=600)
        finally:
            child.terminate()  # Ray takes its other processes along
    ends = time.monotonic() + 120.0
    while left := of_session(child.pid):
        assert time.monotonic() < ends, f"processes left behind: {left}"
        time.sleep(0.1)
    return child.returncode, out, err


def xlvla(*words: object) -> None:
    """Runs `xlvla data`, with one thread: with more, numpy rounds a few rows another way."""
    command = [sys.executable, "-m", "xlvla_sdk", "data", *map(str, words)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, env=env, check=True, capture_output=True)


def of_session(session: int) -> list[str]:
    """The processes that still run of a session: their numbers and names."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, numbers = place.read_text().rpartition(") ")
        except OSError:  # it ended meanwhile
            continue
        state, _, _, of, *_ = numbers.split()
        if int(of) == session and state != "Z":
            found.append(name)
    return found


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.slow
def test_two_processes_make_the_bytes_that_one_makes(
    tmp_path: Path, raws: list[Dataset], surroundings: dict[str, str]
):
    out = tmp_path / "pooled"
    given = (raws[0].root, f"{raws[1].root}={BODIES[1]}")
    code, said, err = ran(surroundings, *given, "--out", out)
    assert code == 0, err
    assert said.splitlines()[-1] == f"{out}: 260 rows"
    parts = [tmp_path / str(k) for k in range(len(raws))]
    for raw, name, part in zip(raws, BODIES, parts, strict=True):
        xlvla("encode", raw.root, "--embodiment", name, "--out", part)
    xlvla("merge", *parts, tmp_path / "alone")
    assert contents(out) == contents(tmp_path / "alone")


@pytest.mark.slow
def test_a_dataset_that_is_wrong_is_named_and_the_others_are_encoded(
    tmp_path: Path, raws: list[Dataset], surroundings: dict[str, str]
):
    """Its joints are of another hand than is said; the commands that mend it are printed."""
    out = tmp_path / "pooled"
    given = (raws[0].root, f"{raws[1].root}=ability:right")
    code, _, err = ran(surroundings, *given, "--out", out)
    part = tmp_path / "pooled-parts" / "001-raw-1"
    assert code == 1
    assert "Traceback" not in err
    assert f"{raws[1].root}: " in err
    assert (
        f"xlvla data encode {raws[1].root} --embodiment ability:right --layout xl-1 --out {part}"
        in err
    )
    assert f"xlvla data merge {part.parent}/* {out}" in err
    assert Dataset.open(part.with_name("000-raw-0")).info.frames == 130
    assert not part.exists()
    assert not out.exists()


def test_a_dataset_of_nobodys_joints_is_refused_before_anything_starts(
    tmp_path: Path, raws: list[Dataset], surroundings: dict[str, str]
):
    code, _, err = ran(surroundings, raws[0].root, raws[1].root, "--out", tmp_path / "pooled")
    name = raws[1].root
    assert (code, err) == (
        1,
        f"{name}: nobody noted whose joints these are. Write {name}=EMBODIMENT.\n",
    )
    assert not (tmp_path / "pooled-parts").exists()
