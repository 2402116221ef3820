"""A dataset appears whole or not at all, and its rows go through bounded memory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.datasets import joints_feature, make_dataset
from xlvla_sdk.data import parquet_files
from xlvla_sdk.data.arrow import pq
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError

FEATURES = {"x": joints_feature(("a", "b"))}


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_an_interruption_leaves_nothing(tmp_path: Path, version: str):
    class Pressed(np.ndarray):
        """Rows in whose midst somebody presses Ctrl-C."""

        def __len__(self) -> int:
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        written(tmp_path / "out", FEATURES, 20.0, version) as writer,
    ):
        writer.add({"x": np.zeros((4, 2)).view(Pressed)}, ["t"] * 4)
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_is_begun_anew(tmp_path: Path):
    pid = os.fork()
    if pid == 0:
        with written(tmp_path / "out", FEATURES, 20.0, "v2.1") as writer:
            writer.add({"x": np.zeros((4, 2))}, ["t"] * 4)
            os._exit(0)
    os.waitpid(pid, 0)
    assert (tmp_path / ".out.part" / "data").is_dir()
    assert not (tmp_path / "out").exists()
    with written(tmp_path / "out", FEATURES, 20.0, "v3.0") as writer:
        writer.add({"x": np.zeros((3, 2))}, ["t"] * 3)
    assert Dataset.open(tmp_path / "out").info.frames == 3
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_two_writers_do_not_share_a_folder(tmp_path: Path):
    with written(tmp_path / "out", FEATURES, 20.0, "v3.0") as writer:
        writer.add({"x": np.zeros((3, 2))}, ["t"] * 3)
        with (
            pytest.raises(DataError, match="another process is writing it"),
            written(tmp_path / "out", FEATURES, 20.0, "v3.0"),
        ):
            pass
    assert Dataset.open(tmp_path / "out").info.frames == 3


def test_nothing_is_written_over(tmp_path: Path):
    make_dataset(tmp_path / "out", [(np.zeros((2, 2)), np.zeros((2, 2)))], ("a", "b"))
    with (
        pytest.raises(DataError, match="is there already"),
        written(tmp_path / "out", FEATURES, 20.0, "v3.0"),
    ):
        pass
    assert Dataset.open(tmp_path / "out").info.frames == 2


def test_files_roll_over_and_row_groups_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_files, "GROUP_ROWS", 100)
    monkeypatch.setattr(parquet_files, "FILE_BYTES", 20_000)
    values = [np.random.default_rng(k).normal(size=(40, 2)) for k in range(30)]
    made = make_dataset(tmp_path / "out", [(one, one) for one in values], ("a", "b"))
    files = sorted({one.path for one in made.episodes})
    assert len(files) > 2
    groups = pq.ParquetFile(files[0]).metadata
    assert groups.num_row_groups > 1
    assert groups.row_group(0).num_rows == 120
    for episode, wanted in zip(made, values, strict=True):
        read = episode.numbers("action", made.feature("action"))
        assert np.array_equal(read, wanted.astype(np.float32))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "has no column 'x'"),
        ({"x": np.zeros((3, 2))}, "'x' has 3 rows, wanted are 4"),
        ({"x": np.zeros((4, 3))}, r"rows of \(3,\), its feature says \(2,\)"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, columns: dict, said: str):
    with (
        pytest.raises(DataError, match=said),
        written(tmp_path / "o", FEATURES, 20.0, "v3.0") as to,
    ):
        to.add(columns, ["t"] * 4)


def test_an_unknown_version_is_refused(tmp_path: Path):
    with (
        pytest.raises(DataError, match=r"v2.1 or v3.0"),
        written(tmp_path / "o", FEATURES, 20.0, "v4"),
    ):
        pass


def test_grids_are_written_and_read(tmp_path: Path):
    """Columns of more than one dimension go through as lists of lists."""
    from xlvla_sdk.data.arrow import pa

    grid = [[[1.0, 2.0], [3.0, 4.0]]] * 3
    with written(tmp_path / "o", {"g": Feature("float32", (2, 2))}, 20.0, "v3.0") as writer:
        writer.add({"g": pa.chunked_array([grid])}, ["t"] * 3)
    assert Dataset.open(tmp_path / "o").read(0).column("g").to_pylist() == grid
