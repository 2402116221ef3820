"""Pictures are whole, and of the episodes that were judged."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from PIL import Image

from bench.policy_cells import Judged, Pool
from bench.policy_films import chosen
from bench.policy_page import picture_name
from bench.policy_pictures import FRAMES, SIZE, bars, below, strip
from xlvla_sdk.learning.training import Recipe

HANDS, TASK = ("xhand", "ability"), "push-cans"


def pool(folder: Path) -> Pool:
    return Pool(HANDS, (TASK,), 3, Recipe(steps=10), 32, folder)


def judged(hand: str, seed: int, success: bool) -> Judged:
    return Judged(TASK, hand, "xl-1", seed, success, "" if success else "not done")


def film(path: Path) -> Path:
    """Twelve grey frames, each lighter than the one before."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for level in range(12):
            grey = np.full((48, 64, 3), 20 * level, dtype=np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        file.mux(stream.encode())
    return path


def test_the_first_success_and_the_first_failure_of_each_hand_are_filmed():
    found = [judged("ability", 0, False), judged("xhand", 0, True), judged("xhand", 1, True)]
    found += [judged("ability", 1, False), judged("xhand", 2, False)]
    first = chosen(pool(Path()), found)
    assert [(one.hand, one.seed) for one in first] == [("xhand", 0), ("xhand", 2), ("ability", 0)]


def test_a_strip_goes_from_the_first_frame_to_the_last(tmp_path: Path):
    one = strip(film(tmp_path / "f.mp4"), "xhand: done")
    assert one.width == FRAMES * SIZE[0]
    greys = np.asarray(one.convert("L"), dtype=float)[60:160].mean(axis=0)
    middles = greys[SIZE[0] // 2 :: SIZE[0]]
    np.testing.assert_allclose(middles[[0, -1]], [0.0, 220.0], atol=12.0)
    assert (np.diff(middles) > 20.0).all()
    below([one, one], tmp_path / "s.jpg")
    with Image.open(tmp_path / "s.jpg") as whole:
        assert whole.size == (one.width, 2 * one.height)


def test_a_bar_is_as_high_as_success(tmp_path: Path):
    done = [judged("xhand", seed, True) for seed in range(4)]
    for name, found in (("full", done), ("none", [])):
        bars(pool(tmp_path), ("xl-1",), found, tmp_path / f"{name}.png")
    blue = {}
    for name in ("full", "none"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            pixels = np.asarray(picture.convert("RGB"), dtype=int)
        blue[name] = int(((pixels[..., 2] - pixels[..., 0]) > 80).sum())
    assert blue["full"] > 10 * max(blue["none"], 100)


def test_pictures_of_pools_of_other_kinds_have_other_names(tmp_path: Path):
    whole = pool(tmp_path)
    assert picture_name(whole) != picture_name(whole.one_unseen())
