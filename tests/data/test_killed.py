"""A conversion that is killed leaves nothing at its place; run again, it makes what it would have made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.datasets import body_wave, make_dataset
from xlvla_sdk.data.converting import Told, convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.merging import merge
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.registry import registry

HAND, EPISODES = "inspire:right", 4
ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys, signal
from pathlib import Path
from tests.data.test_killed import WORKS

def told(done, of):
    if done == int(sys.argv[4]):
        print("here", flush=True)
        signal.pause()

WORKS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]), told)
"""


def converted(source: Path, out: Path, told: Told | None) -> None:
    convert(Dataset.open(source), "v2.1", out, told)


def encoded(source: Path, out: Path, told: Told | None) -> None:
    layout = make_layout("raw-1", registry().embodiment(HAND), {})
    encode(Dataset.open(source), layout, out, codecs={}, horizon=8, told=told)


def merged(source: Path, out: Path, told: Told | None) -> None:
    """Of the encoded dataset with itself."""
    merge([Dataset.open(source), Dataset.open(source)], out, told=told)


WORKS: dict[str, Callable[[Path, Path, Told | None], None]] = {
    "convert": converted,
    "encode": encoded,
    "merge": merged,
}


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """What each conversion begins with."""
    body = registry().embodiment(HAND)
    episodes = [body_wave(body, phase=0.3 * k) for k in range(EPISODES)]
    raw = make_dataset(tmp_path / "raw", episodes, body.joints, camera=True).root
    encoded(raw, tmp_path / "encoded", None)
    return {"convert": raw, "encode": raw, "merge": tmp_path / "encoded"}


def killed(name: str, source: Path, out: Path, after: int) -> None:
    """Runs a conversion in a process that is killed with some of its episodes done."""
    words = [sys.executable, "-c", CHILD, name, str(source), str(out), str(after)]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline() != "here\n":
            pytest.fail(process.stderr.read())
        process.kill()
    assert process.returncode < 0


def contents(root: Path) -> dict[str, object]:
    """Everything that a dataset holds, by what it says and not by its bytes."""
    found = Dataset.open(root)
    rows = [episode.table.to_pydict() for episode in found]
    texts = {
        name: json.loads((root / "meta" / name).read_text()) for name in ("info.json", "stats.json")
    }
    return {"rows": rows, "tasks": dict(found.tasks), "sidecar": found.sidecar, **texts}


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("convert", 1),
        pytest.param("encode", 1, marks=pytest.mark.slow),
        pytest.param("encode", EPISODES, marks=pytest.mark.slow),
        pytest.param("merge", EPISODES + 1, marks=pytest.mark.slow),
    ],
)
def test_a_kill_leaves_nothing_and_the_next_run_makes_it_whole(
    sources: dict[str, Path], tmp_path: Path, name: str, after: int
):
    source, out = sources[name], tmp_path / "out"
    killed(name, source, out, after)
    assert not out.exists()
    assert (tmp_path / ".out.part" / "meta").is_dir()  # it had begun
    WORKS[name](source, out, None)
    WORKS[name](source, tmp_path / "undisturbed", None)
    assert contents(out) == contents(tmp_path / "undisturbed")
    assert {one.name for one in tmp_path.iterdir() if "out" in one.name} == {"out"}
