"""Both formats hold the same: rows, pictures, tasks, statistics, videos."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.datasets import FRONT, joints_feature, make_dataset
from xlvla_sdk.data.arrow import pq
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import VideoPart
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError

NAMES = ("a", "b", "c")


def episodes(count: int = 3) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(k + 5, 3)), rng.normal(size=(k + 5, 3))) for k in range(count)]


def same(one: Dataset, other: Dataset) -> None:
    assert one.tasks == other.tasks
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        assert first.table.equals(second.table)
        assert first.prompts == second.prompts


@pytest.mark.parametrize(("first", "second"), [("v3.0", "v2.1"), ("v2.1", "v3.0")])
def test_there_and_back_is_the_same(tmp_path: Path, first: str, second: str):
    more = {"next.done": Feature("bool", (1,)), "grid": Feature("float32", (1,))}
    start = make_dataset(tmp_path / "a", episodes(), NAMES, version=first, camera=True, more=more)
    convert(start, second, tmp_path / "b")
    there = Dataset.open(tmp_path / "b")
    assert there.info.version == second
    same(start, there)
    convert(there, first, tmp_path / "c")
    same(start, Dataset.open(tmp_path / "c"))
    for name in ("info.json", "stats.json"):
        texts = [(tmp_path / one / "meta" / name).read_text() for one in "ac"]
        assert texts[0] == texts[1]


def test_pictures_keep_their_bytes(tmp_path: Path):
    start = make_dataset(tmp_path / "a", episodes(), NAMES, camera=True)
    convert(start, "v2.1", tmp_path / "b")
    found = Dataset.open(tmp_path / "b").read(1).column(FRONT).to_pylist()
    assert found == [{"bytes": f"1.{k}".encode(), "path": None} for k in range(6)]


def test_rows_of_several_tasks_keep_theirs(tmp_path: Path):
    features = {"observation.state": joints_feature(NAMES)}
    with written(tmp_path / "a", features, 20.0, "v3.0") as writer:
        writer.add({"observation.state": np.zeros((3, 3))}, ["reach", "reach", "grasp"])
        writer.add({"observation.state": np.zeros((1, 3))}, ["grasp"])
    convert(Dataset.open(tmp_path / "a"), "v2.1", tmp_path / "b")
    there = Dataset.open(tmp_path / "b")
    assert there.tasks == {0: "reach", 1: "grasp"}
    assert there.read(0).prompts == ["reach", "reach", "grasp"]
    line = (tmp_path / "b" / "meta" / "episodes.jsonl").read_text().splitlines()[0]
    assert json.loads(line)["tasks"] == ["reach", "grasp"]


def test_statistics_of_pictures_are_kept(tmp_path: Path):
    """LeRobot has one number a channel, (3, 1, 1); no picture is opened for them."""
    known = {
        "min": np.zeros((3, 1, 1)),
        "max": np.ones((3, 1, 1)),
        "mean": np.full((3, 1, 1), 0.25),
        "std": np.full((3, 1, 1), 0.1),
        "count": np.array([4]),
    }
    video = tmp_path / "film.mp4"
    video.write_bytes(b"not looked at")
    features = {"film": Feature("video", (8, 8, 3)), "x": Feature("float32", (1,))}
    with written(tmp_path / "a", features, 20.0, "v2.1") as writer:
        for _ in range(2):
            part = {"film": VideoPart(video, 0.0, 0.2)}
            if writer._bodies:  # a file of its own
                copy = tmp_path / "other.mp4"
                copy.write_bytes(b"nor this")
                part = {"film": VideoPart(copy, 0.0, 0.2)}
            writer.add({"x": np.zeros((4, 1))}, ["t"] * 4, videos=part, pictures={"film": known})
    convert(Dataset.open(tmp_path / "a"), "v3.0", tmp_path / "b")
    found = Dataset.open(tmp_path / "b").episodes[1].pictures["film"]
    assert np.asarray(found["mean"]).tolist() == known["mean"].tolist()
    pooled = json.loads((tmp_path / "b" / "meta" / "stats.json").read_text())["film"]
    assert pooled["count"] == [8]
    assert np.allclose(pooled["std"], 0.1)


def dataset_with_videos(folder: Path, shared: bool) -> Dataset:
    """Two episodes of two seconds, their film in one file or in one each; written as v3.0."""
    features = {"film": Feature("video", (8, 8, 3)), "x": Feature("float32", (1,))}
    with written(folder / "films", features, 20.0, "v3.0") as writer:
        for number in range(2):
            path = folder / f"film{0 if shared else number}.mp4"
            path.write_bytes(f"film {path.stem}".encode())
            start = 2.0 * number if shared else 0.0
            part = {"film": VideoPart(path, start, start + 2.0)}
            writer.add({"x": np.zeros((40, 1))}, ["t"] * 40, videos=part)
    return Dataset.open(folder / "films")


def test_videos_are_copied_untouched(tmp_path: Path):
    convert(dataset_with_videos(tmp_path, shared=False), "v2.1", tmp_path / "b")
    path = tmp_path / "b" / "videos" / "chunk-000" / "film" / "episode_000001.mp4"
    assert path.read_bytes() == b"film film1"
    convert(Dataset.open(tmp_path / "b"), "v3.0", tmp_path / "c")
    part = Dataset.open(tmp_path / "c").episodes[1].videos["film"]
    assert part.path.read_bytes() == b"film film1"
    assert (part.from_s, part.to_s) == (0.0, 2.0)


def test_a_shared_video_is_copied_once_and_not_cut(tmp_path: Path):
    start = dataset_with_videos(tmp_path, shared=True)
    convert(start, "v3.0", tmp_path / "b")
    parts = [one.videos["film"] for one in Dataset.open(tmp_path / "b").episodes]
    assert parts[0].path == parts[1].path
    assert [part.from_s for part in parts] == [0.0, 2.0]
    with pytest.raises(DataError, match=r"holds several episodes \(episode 1 from 2.000 s"):
        convert(start, "v2.1", tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_what_other_readers_need_is_there(tmp_path: Path):
    """Fixed-size lists, the schema `datasets` reads, the pandas index of the tasks."""
    make_dataset(tmp_path / "a", episodes(), NAMES, camera=True)
    schema = pq.read_schema(tmp_path / "a" / "data" / "chunk-000" / "file-000.parquet")
    assert str(schema.field("action").type) == "fixed_size_list<element: float>[3]"
    said = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert said[FRONT] == {"_type": "Image"}
    assert said["action"]["length"] == 3
    assert said["timestamp"] == {"dtype": "float32", "_type": "Value"}
    tasks = pq.read_schema(tmp_path / "a" / "meta" / "tasks.parquet")
    assert json.loads(tasks.metadata[b"pandas"])["index_columns"] == ["__index_level_0__"]
    meta = pq.read_table(tmp_path / "a" / "meta" / "episodes" / "chunk-000" / "file-000.parquet")
    assert meta.column("dataset_to_index").to_pylist() == [5, 11, 18]
    assert "stats/action/q99" in meta.column_names


def test_lists_of_any_length_are_read(tmp_path: Path):
    """Older recorders write plain lists; the width is then info.json's."""
    made = make_dataset(tmp_path / "a", episodes(1), NAMES)
    path = made.episodes[0].path
    table = pq.read_table(path)
    at = table.schema.get_field_index("action")
    lists = table.column("action").to_pylist()
    pq.write_table(table.set_column(at, "action", [lists]), path)
    read = Dataset.open(tmp_path / "a").read(0).numbers("action", made.feature("action"))
    assert np.allclose(read, episodes(1)[0][1])
    lists[2] = lists[2][:2]
    pq.write_table(table.set_column(at, "action", [lists]), path)
    with pytest.raises(DataError, match=r"row 2 holds 2 numbers, info\.json says 3"):
        Dataset.open(tmp_path / "a").read(0).numbers("action", made.feature("action"))
