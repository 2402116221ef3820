"""Datasets with cameras at 20 Hz: every row shows the picture that was nearest to it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.codecs import layout_of, small_codec
from tests.datasets import FRONT, joints_feature, make_dataset, waves
from tests.small_hand import small_hand
from tests.videos import HEIGHT, WIDTH, write_video
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import Encoded, encode
from xlvla_sdk.data.episode import VideoPart
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError
from xlvla_sdk.specs import HandSpec

FPS = 30.0
ROWS = (31, 40)
SAID = {"info": {"video.fps": 30.0, "video.codec": "mpeg4", "has_audio": False}}


def levels_of(path: Path, part: VideoPart | None = None) -> list[int]:
    """The grey of each picture of a video."""
    with av.open(str(path)) as container:
        return [int(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


@pytest.fixture
def hand(tmp_path: Path) -> HandSpec:
    return small_hand(tmp_path)


@pytest.fixture
def filmed(tmp_path: Path, hand: HandSpec) -> Dataset:
    """Two episodes at 30 Hz in one video; a picture's grey is twice its number, and 20."""
    greys = [20 + 2 * k for k in range(sum(ROWS))]
    video = write_video(tmp_path / "both.mp4", greys, rate=30)
    joints = joints_feature(hand.joints)
    film = Feature("video", (HEIGHT, WIDTH, 3), None, SAID)
    features = {"observation.state": joints, "action": joints, FRONT: film}
    start_s = 0.0
    with written(tmp_path / "raw", features, FPS, "v3.0") as writer:
        for rows in ROWS:
            state, action = waves(*hand.limits, rows=rows)
            part = VideoPart(video, start_s, start_s := start_s + rows / FPS)
            columns = {"observation.state": state, "action": action}
            writer.add(columns, ["wave"] * rows, videos={FRONT: part})
    return Dataset.open(tmp_path / "raw")


def encoded(raw: Dataset, hand: HandSpec, out: Path, **more: object) -> Encoded:
    codecs = {hand.id: small_codec(hand)}
    return encode(raw, layout_of(hand), out, codecs=codecs, horizon=8, **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("version", ["v3.0", "v2.1"])
def test_a_video_is_cut_and_brought_to_twenty_hertz(
    filmed: Dataset, hand: HandSpec, tmp_path: Path, version: str
):
    done = encoded(filmed, hand, tmp_path / "out", reencode=True, version=version)
    made = Dataset.open(tmp_path / "out")
    assert (done.rate_hz, made.info.fps) == (20.0, 20.0)
    first = 0
    for episode, rows in enumerate(ROWS):
        part = made.episodes[episode].videos[FRONT]
        nearest = np.rint(np.arange(made.episodes[episode].length) * FPS / 20.0)
        wanted = 20 + 2 * (first + nearest)
        assert (part.from_s, part.to_s) == (0.0, len(nearest) / 20.0)
        np.testing.assert_allclose(levels_of(part.path), wanted, atol=1.1)
        first += rows
    said = made.feature(FRONT).more["info"]
    assert said == {"video.fps": 20.0, "video.codec": "h264", "has_audio": False}
    assert not list((tmp_path / "out").glob(".*"))


def test_without_it_rate_and_video_stay(filmed: Dataset, hand: HandSpec, tmp_path: Path):
    done = encoded(filmed, hand, tmp_path / "out")
    made = Dataset.open(tmp_path / "out")
    assert (done.rate_hz, made.info.fps) == (30.0, 30.0)
    path = made.episodes[1].videos[FRONT].path
    assert path.read_bytes() == filmed.episodes[1].videos[FRONT].path.read_bytes()


def test_pictures_in_the_rows_are_those_of_the_nearest_rows(hand: HandSpec, tmp_path: Path):
    raw = make_dataset(
        tmp_path / "raw", [waves(*hand.limits, rows=31)], hand.joints, fps=FPS, camera=True
    )
    encoded(raw, hand, tmp_path / "out", reencode=True)
    made = Dataset.open(tmp_path / "out")
    assert made.info.fps == 20.0
    shown = [one["bytes"] for one in made.read(0).column(FRONT).to_pylist()]
    assert shown[:4] == [b"0.0", b"0.2", b"0.3", b"0.4"]  # of rows 0, 1.5, 3, 4.5
    assert len(shown) == 21


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def short(path: Path) -> None:
    write_video(path, [0] * 40, rate=30)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, r"file-000.mp4 \(camera 'observation.images.front', episode 0\): cannot be decoded"),
        (short, r"episode 1\): has no picture at 1.333 s, where the episode has a row"),
        (Path.unlink, r"episode 0\): there is no such file"),
    ],
)
def test_a_bad_video_is_named_and_nothing_is_written(
    filmed: Dataset, hand: HandSpec, tmp_path: Path, harm: object, said: str
):
    harm(filmed.episodes[0].videos[FRONT].path)  # pyright: ignore[reportCallIssue]
    with pytest.raises(DataError, match=said):
        encoded(filmed, hand, tmp_path / "out", reencode=True)
    assert not [one for one in tmp_path.iterdir() if "out" in one.name]
