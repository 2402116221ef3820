"""VideoFile: a video file in a camera's place, where there is no hardware."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.drivers.pictures import Picture, Pictures, said
from xlvla_sdk.errors import DriverError


class VideoFile(Camera):
    """`video:clip.mp4`, or `video:clip.mp4?loop=1`: plays in real time, from when it is opened.

    Each picture is shown from its timestamp in the file on, the first one at once; those that
    passed between two reads are decoded and dropped. Where the file ends the camera is gone,
    unless it loops.

    Args:
        address: The file.
        now: Gives the time that it plays in, simulated or not [s].
    """

    simulated = True

    def __init__(self, address: Address, now: Callable[[], float]) -> None:
        address.only("loop")
        if address.options.get("loop", "0") not in ("0", "1"):
            raise DriverError(f"{address}: loop is {address.options['loop']!r}. Write loop=1.")
        self.path = address.place
        self.loop = address.options.get("loop") == "1"
        self._now = now
        self._film: Generator[Picture] | None = None
        self._next: Picture | None = None  # decoded, and not to be shown yet
        self._shown: Picture | None = None
        self._frame: Frame | None = None  # of `_shown`, once somebody asked
        self._began_s = self._period_s = 0.0

    def open(self) -> None:
        """Begins to play; DriverError when it is no video."""
        if self._film is None:
            self._film = self._pictures()
            self._shown = self._next = next(self._film, None)
            self._began_s, self._frame = self._now(), None

    def close(self) -> None:
        """Closes the file."""
        film, self._film = self._film, None
        if film is not None:
            film.close()

    def read(self) -> Frame:
        """The picture of now; DriverError when the video is over, or damaged there."""
        if self._film is None:
            raise DriverError(f"{self.path} is not open. Use the camera in a `with` block.")
        played_s = self._now() - self._began_s
        while self._next is not None and _stamp(self._next) <= played_s:
            self._shown, self._frame = self._next, None
            self._next = next(self._film, None)
        shown = self._shown
        if shown is None or (self._next is None and played_s >= _stamp(shown) + self._period_s):
            raise DriverError(
                f"{self.path}: the video is over, after {played_s:.1f} s. Write "
                f"video:{self.path}?loop=1 to begin again there."
            )
        if self._frame is None:
            self._frame = Frame(shown.image(), self._began_s + _stamp(shown))
        return self._frame

    def _pictures(self) -> Generator[Picture]:
        """Its pictures, their stamps from 0 on; without end when it loops."""
        end_s = 0.0
        while True:
            begin_s, first_s = end_s, None
            with self._opened() as pictures:
                for picture in self._decoded(pictures):
                    first_s = _stamp(picture) if first_s is None else first_s
                    stamp_s = begin_s + _stamp(picture) - first_s
                    end_s = stamp_s + self._period_s
                    yield replace(picture, stamp_s=stamp_s)
            if first_s is None:
                raise DriverError(f"{self.path}: there is no picture in it. Give another file.")
            if not self.loop:
                return

    def _opened(self) -> Pictures:
        try:
            pictures = Pictures(self.path)
        except FileNotFoundError as error:
            raise DriverError(f"{self.path}: there is no such file. Check the path.") from error
        except (OSError, ValueError) as error:
            raise DriverError(
                f"{self.path}: is no video that FFmpeg reads ({said(error)}). Give another file."
            ) from error
        if pictures.rate_hz is None:
            pictures.close()
            raise DriverError(f"{self.path}: does not say how fast it plays. Convert it to MP4.")
        self._period_s = 1.0 / pictures.rate_hz
        return pictures

    def _decoded(self, pictures: Pictures) -> Generator[Picture]:
        at_s = 0.0
        try:
            for picture in pictures.whole():
                if picture.stamp_s is None:
                    raise DriverError(f"{self.path}: has no timestamps. Convert it to MP4.")
                at_s = picture.stamp_s
                yield picture
        except (OSError, ValueError) as error:
            raise DriverError(
                f"{self.path}: is damaged after {at_s:.2f} s ({said(error)}). Give another file."
            ) from error


def _stamp(picture: Picture) -> float:
    assert picture.stamp_s is not None
    return picture.stamp_s
