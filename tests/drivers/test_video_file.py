"""VideoFile: a file plays in the time it is given, and ends as a camera that is gone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.videos import write_video
from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.camera import Camera
from xlvla_sdk.drivers.looking import camera_address
from xlvla_sdk.drivers.video_file import VideoFile
from xlvla_sdk.errors import DriverError
from xlvla_sdk.policy import SimClock

GREYS = (10, 60, 110, 160, 210)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Five pictures, ten a second, coded with pictures that refer forwards."""
    return write_video(tmp_path / "film.mp4", GREYS)


def shown(camera: Camera) -> int:
    """Which of the greys it is."""
    return int(np.abs(np.array(GREYS) - float(camera.read().image.mean())).argmin())


def test_each_picture_is_shown_from_its_time_on(film: Path):
    clock = SimClock()
    clock.sleep_until(7.0)
    with VideoFile(camera_address(f"video:{film}"), clock.now) as camera:
        first = camera.read()
        assert (shown(camera), first.time_s, first.image.shape) == (0, 7.0, (48, 64, 3))
        clock.sleep_until(7.09)
        assert camera.read() is first
        clock.sleep_until(7.11)
        assert (shown(camera), camera.read().time_s) == (1, pytest.approx(7.1))
        clock.sleep_until(7.46)  # two passed unseen
        assert (shown(camera), camera.read().time_s) == (4, pytest.approx(7.4))


def test_a_video_that_is_over_is_a_camera_that_is_gone(film: Path):
    clock = SimClock()
    with VideoFile(camera_address(f"video:{film}"), clock.now) as camera:
        clock.sleep_until(0.49)
        assert shown(camera) == 4
        clock.sleep_until(0.51)
        with pytest.raises(DriverError, match=r"the video is over, after 0.5 s. Write .*\?loop=1"):
            camera.read()


def test_a_loop_begins_again_after_the_last_picture_had_its_time(film: Path):
    clock = SimClock()
    with VideoFile(camera_address(f"video:{film}?loop=1"), clock.now) as camera:
        for at_s, level, time_s in ((0.45, 4, 0.4), (0.51, 0, 0.5), (0.65, 1, 0.6), (2.25, 2, 2.2)):
            clock.sleep_until(at_s)
            assert (shown(camera), camera.read().time_s) == (level, pytest.approx(time_s))


def test_the_same_times_show_the_same_pictures(film: Path):
    def seen() -> list[bytes]:
        clock, images = SimClock(), []
        with VideoFile(camera_address(f"video:{film}?loop=1"), clock.now) as camera:
            for step in range(20):
                clock.sleep_until(0.07 * step)
                images.append(camera.read().image.tobytes())
        return images

    assert seen() == seen()


def test_it_is_opened_by_with_and_plays_from_then(film: Path):
    clock = SimClock()
    camera = VideoFile(camera_address(f"video:{film}"), clock.now)
    with pytest.raises(DriverError, match="is not open"):
        camera.read()
    clock.sleep_until(60.0)
    for _ in range(2):
        with camera:
            assert shown(camera) == 0
            assert camera.read().time_s == clock.now()
        clock.sleep_until(clock.now() + 60.0)


def test_its_pictures_cannot_be_written_to(film: Path):
    with VideoFile(camera_address(f"video:{film}"), SimClock().now) as camera:
        image = camera.read().image
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file. Check the path."),
        (b"", "is no video that FFmpeg reads"),
        (b"a text", "is no video that FFmpeg reads"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes | None, said: str):
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DriverError) as error:
        VideoFile(camera_address(f"video:{path}"), SimClock().now).open()
    assert error.value.message.startswith(f"{path}: {said}")


def test_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(DriverError, match="is no video that FFmpeg reads"):
        VideoFile(camera_address(f"video:{tmp_path}"), SimClock().now).open()


def test_a_file_of_sound_alone_is_refused(tmp_path: Path):
    import wave

    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as song:
        song.setparams((1, 2, 8000, 0, "NONE", ""))
        song.writeframes(bytes(16000))
    with pytest.raises(DriverError, match="there is no video in it"):
        VideoFile(camera_address(f"video:{path}"), SimClock().now).open()


def test_a_video_that_is_damaged_is_a_camera_that_is_gone(film: Path):
    clock, whole = SimClock(), film.read_bytes()
    end = whole.index(b"moov") - 4  # the pictures stand before it
    film.write_bytes(whole[: end - 30] + b"\xff" * 30 + whole[end:])
    with VideoFile(camera_address(f"video:{film}"), clock.now) as camera:
        clock.sleep_until(0.45)
        with pytest.raises(
            DriverError, match=r"film.mp4: is damaged after 0\.\d\d s \(Invalid data"
        ):
            camera.read()


@pytest.mark.parametrize("options", [{"loop": "yes"}, {"speed": "2"}])
def test_options_that_mean_nothing_are_refused(options: dict[str, str]):
    with pytest.raises(DriverError, match=r"Write loop=1|It knows loop"):
        VideoFile(Address("video", "film.mp4", options), SimClock().now)
