"""`xlvla data` from a file of a lab to another hand's joints, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command, waving
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.importing import import_files
from xlvla_sdk.messages import Recording


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A recording of each of two hands, six seconds long."""
    paths = {}
    for hand in ("inspire:right", "xhand:right"):
        paths[hand] = tmp_path / f"{hand.split(':')[0]}.npz"
        one = waving(hand, 6.0)
        Recording(one.qpos, one.qpos, one.joint_names, one.time_s).save(paths[hand])
    return paths


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of the Inspire hand's joints; it is only read."""
    folder = tmp_path_factory.mktemp("raw")
    one = waving("inspire:right")
    Recording(one.qpos, one.qpos, one.joint_names, one.time_s).save(folder / "motion.npz")
    import_files([folder / "motion.npz"], folder / "raw")
    return folder / "raw"


def test_two_hands_become_one_dataset_and_a_third_hands(
    xlvla: Command, files: dict[str, Path], space: Path, tmp_path: Path
):
    for hand, path in files.items():
        raw, out = tmp_path / f"{path.stem}-raw", tmp_path / path.stem
        done = xlvla("data", "import", path, "--task", "wave", "--out", raw)
        assert "1 episodes, 120 rows at 20 Hz" in done.out, done
        assert xlvla("data", "check", raw, "--embodiment", hand).code == 0
        done = xlvla(*("data", "encode", raw, "--embodiment", hand, "--space", space, "--out", out))
        assert "xl-1 toy-1@" in done.out, done
    merged = tmp_path / "all"
    done = xlvla("data", "merge", tmp_path / "inspire", tmp_path / "xhand", merged, "--to", "v2.1")
    assert "114 of 240 rows begin a whole chunk of 64" in done.err
    assert "xhand:right: 1 episodes" in done.out
    assert xlvla("data", "check", merged, "--space", space).code == 0
    third = tmp_path / "third"
    words = ("--embodiment", "ability:right", "--space", space, "--out", third)
    assert xlvla("data", "decode", merged, *words).code == 0
    facts = json.loads(xlvla("data", "info", third, "--json").out)
    assert facts["bodies"][0]["embodiment"] == "ability:right"
    assert (facts["rows"], facts["version"]) == (240, "v3.0")
    assert "ability:right, 2 episodes" in xlvla("data", "info", third).out


def test_a_check_that_fails_exits_1(xlvla: Command, tmp_path: Path):
    one = waving("inspire:right")
    names = one.joint_names
    Recording(np.degrees(one.qpos), None, names, one.time_s).save(tmp_path / "a.npz")
    columns = tmp_path / "columns.toml"
    lines = "\n".join(f"{name} = 'qpos[{k}]'" for k, name in enumerate(names))
    columns.write_text(f"time = 'time_s'\n[state]\n{lines}\n[action]\n{lines}\n")
    raw = tmp_path / "raw"
    xlvla("data", "import", tmp_path / "a.npz", "--columns", columns, "--out", raw)
    done = xlvla("data", "check", raw, "--embodiment", "inspire:right")
    assert done.code == 1
    assert "6 of 6 joints of inspire:right are in degrees" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("encode", "RAW", "--embodiment", "inspyre:right", "--out", "o"), "Did you mean 'inspire"),
        (("encode", "RAW", "--embodiment", "xhand:right", "--out", "o"), "has no number called"),
        (("check", "RAW"), "nothing says whose joints it holds"),
        (("decode", "RAW", "--embodiment", "xhand:right", "--out", "o"), "Run `xlvla data encode`"),
        (("merge", "RAW", "RAW", "o"), "holds raw joints"),
        (("merge", "RAW", "o", "--camera", "x", "--no-cameras"), "contradict each other"),
        (("convert", "RAW", "--to", "v2.1", "--out", "RAW"), "is there already"),
        (("info", "nowhere"), "name that folder"),
        (("import", "nowhere.npz", "--out", "o"), "there is no such file"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    xlvla: Command, raw: Path, tmp_path: Path, words: tuple[str, ...], said: str
):
    placed = [{"RAW": str(raw), "o": str(tmp_path / "o")}.get(word, word) for word in words]
    assert said in xlvla("data", *placed).error
    assert not (tmp_path / "o").exists()


def test_an_older_part_left_by_a_kill_does_not_matter(xlvla: Command, motion: Path, tmp_path: Path):
    left = tmp_path / ".raw.part" / "data"
    left.mkdir(parents=True)
    (left / "half.parquet").write_bytes(b"half")
    assert xlvla("data", "import", motion, "--out", tmp_path / "raw").code == 0
    assert not list(Dataset.open(tmp_path / "raw").root.rglob("half.parquet"))
    assert not left.exists()
