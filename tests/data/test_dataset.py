"""What is wrong with a dataset is named, placed, and told how to mend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.datasets import make_dataset
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.errors import DataError

ZEROS = [(np.zeros((4, 2)), np.zeros((4, 2)))] * 3


@pytest.fixture(params=["v2.1", "v3.0"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    return make_dataset(tmp_path / "made", ZEROS, ("a", "b"), version=request.param)


def test_a_missing_file_is_named_with_its_episode(made: Dataset):
    made.episodes[-1].path.unlink()
    episode = 2 if made.info.version == "v2.1" else 0
    with pytest.raises(DataError, match=rf"are not there.*episode {episode}\)"):
        Dataset.open(made.root)


def test_a_cut_off_file_is_named_and_nothing_is_written(made: Dataset, tmp_path: Path):
    path = made.episodes[-1].path
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"episode \d cannot be read.*cut off.*Copy it again"):
        convert(Dataset.open(made.root), "v3.0", tmp_path / "out")
    assert [one.name for one in tmp_path.iterdir() if "out" in one.name] == []


def test_bytes_lost_in_the_middle_are_seen(tmp_path: Path):
    noise = np.random.default_rng(0).normal(size=(400, 2))
    made = make_dataset(tmp_path / "made", [(noise, noise)], ("a", "b"))
    data = bytearray(made.episodes[0].path.read_bytes())
    data[20:60] = bytes(40)
    made.episodes[0].path.write_bytes(data)
    with pytest.raises(DataError, match="episode 0 cannot be read"):
        Dataset.open(tmp_path / "made").read(0)


def test_fewer_rows_than_promised_are_refused(made: Dataset, tmp_path: Path):
    other = make_dataset(tmp_path / "short", [(np.zeros((2, 2)), np.zeros((2, 2)))], ("a", "b"))
    made.episodes[0].path.write_bytes(other.episodes[0].path.read_bytes())
    with pytest.raises(DataError, match=r"should be in rows .* and the file has 2"):
        list(Dataset.open(made.root))


def test_another_datasets_file_is_refused(tmp_path: Path):
    made = make_dataset(tmp_path / "made", ZEROS, ("a", "b"), version="v2.1")
    made.episodes[1].path.write_bytes(made.episodes[0].path.read_bytes())
    with pytest.raises(DataError, match=r"are of episode 0, and meta/ says episode 1"):
        Dataset.open(made.root).read(1)


def test_a_lost_line_of_meta_is_seen(tmp_path: Path):
    make_dataset(tmp_path / "made", ZEROS, ("a", "b"), version="v2.1")
    path = tmp_path / "made" / "meta" / "episodes.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[2]]))
    with pytest.raises(
        DataError, match="says 3 episodes with 12 rows, the table of episodes has 2"
    ):
        Dataset.open(tmp_path / "made")
    path.write_text(path.read_text()[:-5])
    with pytest.raises(DataError, match="line 2 is no JSON"):
        Dataset.open(tmp_path / "made")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("codebase_version", "v2.0", "of version v2.0"),
        ("fps", 0, "no whole card"),
        ("features", {"x": {"shape": [1]}}, "feature 'x'"),
        ("total_frames", None, "no whole card"),
    ],
)
def test_a_wrong_card_is_refused(made: Dataset, key: str, value: object, said: str):
    path = made.root / "meta" / "info.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(DataError, match=said):
        Dataset.open(made.root)


def test_no_dataset_is_said(tmp_path: Path):
    with pytest.raises(DataError, match=r"info.json: cannot be read .*name that folder"):
        Dataset.open(tmp_path)


def test_episodes_are_read_in_any_order(made: Dataset):
    lengths = [len(made.read(index).table) for index in (2, 0, 1, 0)]
    assert lengths == [4] * 4
    assert made.read(2).table.column("index").to_pylist() == [8, 9, 10, 11]
