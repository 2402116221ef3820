"""V4l2Camera: the newest picture with the kernel's time, or an error that says how to mend it.

There is no camera where tests run. A pipe of MJPEG pictures with the kernel's stamps stands in its
place: the same decoding, the same thread, and a test decides what comes when.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.videos import Feed, eventually, refused
from xlvla_sdk.drivers import newest, v4l2
from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.looking import camera_address
from xlvla_sdk.drivers.v4l2 import V4l2Camera
from xlvla_sdk.errors import DriverError


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    monkeypatch.setattr(v4l2, "FORM", Feed.FORM)
    monkeypatch.setattr(newest, "LEAVE_S", 0.02)  # it waits for a picture that does not come
    made = Feed(tmp_path / "camera")
    yield made
    made.close()


def started(feed: Feed, *stamps_s: float, **options: str) -> V4l2Camera:
    """A camera whose first pictures were sent."""
    for number, stamp_s in enumerate(stamps_s or (time.monotonic() - 0.5, time.monotonic() - 0.4)):
        feed.send(number, stamp_s)
    return V4l2Camera(Address("v4l2", str(feed.path), options), time.monotonic)


def shows(camera: V4l2Camera, level: int) -> bool:
    return abs(int(camera.read().image[20, 30, 1]) - level) < 4


def test_the_newest_picture_is_read_and_older_ones_are_dropped(feed: Feed):
    with started(feed) as camera:
        for level in range(50, 250, 20):
            feed.send(level, time.monotonic())
        eventually(lambda: shows(camera, 230), bool)
        frame = camera.read()
        assert frame.image.shape == (48, 64, 3)
        assert camera.read() is frame
        feed.send(10, time.monotonic())
        eventually(camera.read, lambda later: later is not frame)
        assert shows(camera, 10)


def test_a_frames_time_is_the_kernels_stamp_on_the_readers_clock(feed: Feed):
    camera = started(feed)
    camera = V4l2Camera(camera.address, lambda: time.monotonic() + 1000.0)
    with camera:
        feed.send(200, stamp_s := time.monotonic() - 0.3)
        eventually(
            lambda: camera._newest and camera._newest.get().picture.stamp_s,
            lambda s: abs((s or 0.0) - stamp_s) < 1e-5,
        )
        before_s = time.monotonic()
        frame = camera.read()
        after_s = time.monotonic()
    assert -1e-5 <= frame.time_s - 1000.0 - stamp_s <= after_s - before_s + 1e-5


@pytest.mark.parametrize("stamp_s", [5.0, 1.7e9])
def test_stamps_of_another_clock_are_not_believed(feed: Feed, stamp_s: float):
    before_s = time.monotonic()
    with started(feed, stamp_s, stamp_s + 0.03) as camera:
        frame = camera.read()
        assert before_s <= frame.time_s <= time.monotonic()


def test_an_unplugged_camera_is_gone(feed: Feed):
    with started(feed) as camera:
        camera.read()
        feed.close()
        assert "the camera is gone (its pictures ended). Check its cable" in refused(camera.read)
        camera.close()
        camera.close()
        assert "is not open" in refused(camera.read)


def test_a_camera_that_falls_silent_is_gone(feed: Feed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(newest, "SILENT_S", 0.05)
    with started(feed) as camera:
        assert "no picture for 0." in refused(camera.read)


def test_a_camera_that_gives_nothing_is_not_waited_for(feed: Feed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(newest, "FIRST_S", 0.05)
    camera = V4l2Camera(Address("v4l2", str(feed.path)), time.monotonic)
    with pytest.raises(DriverError, match=r"gave no picture in 0.05 s. Check its cable"), camera:
        raise AssertionError


def test_a_damaged_picture_is_left_out(feed: Feed):
    with started(feed) as camera:
        feed.send_damaged(time.monotonic())
        feed.send(180, time.monotonic())
        eventually(lambda: shows(camera, 180), bool)


def test_a_camera_of_damaged_pictures_is_broken(feed: Feed):
    with started(feed) as camera:
        for number in range(40):
            feed.send_damaged(time.monotonic() + number * 1e-3)
        assert "30 damaged pictures one after the other" in refused(camera.read)


def test_another_size_than_the_one_asked_for_is_refused(feed: Feed):
    with pytest.raises(DriverError, match="gives 64x48 pixels where 640x480 are asked for"):
        started(feed, width="640", height="480").open()


@pytest.mark.parametrize(("fps", "given"), [("15", False), ("30", True)])
def test_another_rate_than_the_one_asked_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, fps: str, given: bool
):
    monkeypatch.setattr(v4l2, "FORM", "lavfi")
    film = Address("v4l2", "testsrc=size=64x48:rate=30000/1001,realtime", {"fps": fps})
    camera = V4l2Camera(film, time.monotonic)
    if given:
        with camera:
            assert camera.read().image.shape == (48, 64, 3)
    else:
        with pytest.raises(DriverError, match=r"gives 29.97 pictures a second where 15"):
            camera.open()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/dev/video250", "there is no such camera. `xlvla cameras` lists"),
        ("/dev/null", "is no camera."),
    ],
)
def test_what_is_no_camera_is_refused(place: str, said: str):
    with pytest.raises(DriverError) as error, V4l2Camera(camera_address(place), time.monotonic):
        raise AssertionError
    assert error.value.message.startswith(f"{place}: ")
    assert said in error.value.message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "you may not open it. Add yourself to the group that owns it (video)"),
        (errno.EBUSY, "another program has it open. End it first."),
        (errno.ENODEV, "it takes no pictures."),
        (errno.EINVAL, "it does not do what is asked of it."),
        (errno.EIO, "it cannot be opened (Input/output error)."),
    ],
)
def test_why_a_camera_cannot_be_opened_is_said(
    monkeypatch: pytest.MonkeyPatch, number: int, said: str
):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(v4l2, "Pictures", refuse)
    with pytest.raises(DriverError) as error:
        V4l2Camera(camera_address("/dev/video0"), time.monotonic).open()
    assert said in error.value.message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("width=640", "give width and height together"),
        ("width=640&height=0", "'height' is 0. Give a number above zero"),
        ("fps=fast", "'fps' is 'fast'. Give a whole number"),
        ("rate=30", "there is no option 'rate' on this wire. It knows width, height, fps, format"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: str, said: str):
    with pytest.raises(DriverError) as error:
        V4l2Camera(camera_address(f"/dev/video0?{options}"), time.monotonic)
    assert said in error.value.message


def test_what_is_asked_for_is_said_in_ffmpegs_words():
    address = camera_address("/dev/video0?width=640&height=480&fps=30&format=mjpeg")
    camera = V4l2Camera(address, time.monotonic)
    wishes = {
        "probesize": "32",
        "video_size": "640x480",
        "framerate": "30",
        "input_format": "mjpeg",
    }
    assert camera._wishes() == wishes
