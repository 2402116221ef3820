from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.datasets import FRONT, joints_feature, waves
from tests.learning.blobs import blobs, picture
from tests.small_hand import small_hand
from tests.videos import HEIGHT, WIDTH, write_video
from xlvla_sdk.data.camera_rows import camera_rows, cameras_of
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import VideoPart
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.pictures import decoded, jpeg, squared
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError

FPS, ROWS = 20.0, (7, 9)


def filmed(folder: Path, pictures: int = sum(ROWS)) -> Dataset:
    """Two episodes in one video; a picture's grey is ten times its number."""
    video = write_video(folder / "both.mp4", [10 * k for k in range(pictures)], rate=20)
    hand = small_hand(folder)
    joints = joints_feature(hand.joints)
    film = Feature("video", (HEIGHT, WIDTH, 3))
    features = {"observation.state": joints, "action": joints, FRONT: film}
    begin_s = 0.0
    with written(folder / "d", features, FPS, "v3.0") as writer:
        for rows in ROWS:
            state, action = waves(*hand.limits, rows=rows)
            part = VideoPart(video, begin_s, begin_s := begin_s + rows / FPS)
            columns = {"observation.state": state, "action": action}
            writer.add(columns, ["wave"] * rows, videos={FRONT: part})
    return Dataset.open(folder / "d")


def test_a_video_shows_each_row_its_picture(tmp_path: Path):
    dataset = filmed(tmp_path)
    assert cameras_of(dataset) == ("front",)
    seen = [list(camera_rows(dataset, episode, "front")) for episode in dataset]
    assert [len(one) for one in seen] == list(ROWS)
    assert seen[0][0].shape == (HEIGHT, WIDTH, 3)
    greys = [image.mean() for one in seen for image in one]
    np.testing.assert_allclose(greys, 10.0 * np.arange(sum(ROWS)), atol=6.0)


def test_a_video_that_is_cut_off_is_named(tmp_path: Path):
    dataset = filmed(tmp_path, pictures=sum(ROWS) - 3)
    with pytest.raises(DataError, match=r"episode 1\): has no picture at 0.650 s"):
        list(camera_rows(dataset, dataset.read(1), "front"))


def test_pictures_in_the_rows_are_decoded(tmp_path: Path):
    dataset = blobs(tmp_path / "d", episodes=1)
    first = next(camera_rows(dataset, dataset.read(0), "front"))
    assert (first.shape, first.dtype) == (picture(0.0).shape, np.uint8)
    with pytest.raises(DataError, match="it: the picture is not in the Parquet file"):
        decoded({"bytes": None, "path": "elsewhere.jpg"}, "it")
    with pytest.raises(DataError, match="cut off"):
        decoded(jpeg(first)[:200], "it")


def test_the_middle_square_is_brought_to_size():
    image = np.zeros((4, 8, 3), np.uint8)
    image[:, 2:6] = 200
    np.testing.assert_array_equal(squared(image, 4), image[:, 2:6])
    np.testing.assert_array_equal(squared(image, 2), np.full((2, 2, 3), 200))
    np.testing.assert_array_equal(squared(image.transpose(1, 0, 2), 4), image[:, 2:6])
