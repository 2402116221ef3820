"""V4l2Camera: a camera of this computer (USB, CSI), by Video4Linux."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.drivers.newest import Newest, Taken
from xlvla_sdk.drivers.pictures import Pictures, devices, said
from xlvla_sdk.errors import DriverError

FORM = "v4l2"
DEVICES = Path("/dev")
RATE_TOLERANCE = 0.01
"""Part by which a camera's rate may differ from the one asked for: 29.97 is 30."""


class V4l2Camera(Camera):
    """`/dev/video0`, or `v4l2:/dev/video0?width=640&height=480&fps=30&format=mjpeg`.

    The newest picture is always at hand; `read` waits for none. Its time is the kernel's stamp:
    when the first of its bytes came, after the exposure, on CLOCK_MONOTONIC, which is Python's
    `time.monotonic`. A driver that stamps by another clock is seen by stamps more than 1 s off;
    then the time is when the picture arrived.

    Args:
        address: The device, and what is asked of it. What is left out the camera chooses; what is
            asked for and not given is an error.
        now: Gives the time of the frames [s].

    Source:
        FFmpeg's documentation of its device `v4l2`; the kernel's of V4L2 buffers (timestamps).
    """

    def __init__(self, address: Address, now: Callable[[], float]) -> None:
        address.only("width", "height", "fps", "format")
        if ("width" in address.options) != ("height" in address.options):
            raise DriverError(f"{address}: give width and height together, or neither.")
        self.address = address
        self.size = tuple(
            _count(address, key) for key in ("width", "height") if key in address.options
        )
        self.fps = _count(address, "fps") if "fps" in address.options else None
        self._now = now
        self._newest: Newest | None = None
        self._shown: tuple[Taken, Frame] | None = None

    def open(self) -> None:
        """Starts the camera and waits for its first picture, for 5 s at most.

        Raises:
            DriverError: There is no such camera, it may not be opened, another program has it, it
                does not do what the address asks, or it gives no picture.
        """
        if self._newest is not None:
            return
        self._newest = Newest(self.address.place, self._source, self._why)
        try:
            self._newest.start()
            self._check_size(self._newest.get().picture.size)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the camera."""
        newest, self._newest, self._shown = self._newest, None, None
        if newest is not None:
            newest.end()

    def read(self) -> Frame:
        """The newest picture, at once; DriverError when the camera is gone or silent for 2 s."""
        if self._newest is None:
            raise DriverError(f"{self.address.place} is not open. Use it in a `with` block.")
        taken = self._newest.get()
        if self._shown is None or self._shown[0] is not taken:
            age_s = time.monotonic() - taken.taken_s
            self._shown = taken, Frame(taken.picture.image(), self._now() - age_s)
        return self._shown[1]

    def _source(self) -> Pictures:
        pictures = Pictures(self.address.place, FORM, self._wishes())
        try:
            self._check_rate(pictures.rate_hz)
        except DriverError:
            pictures.close()
            raise
        return pictures

    def _wishes(self) -> dict[str, str]:
        """The options in FFmpeg's words."""
        wishes = {"probesize": "32"}  # bytes: the first picture tells all, wait for no more
        if self.size:
            wishes["video_size"] = "{}x{}".format(*self.size)
        if self.fps is not None:
            wishes["framerate"] = str(self.fps)
        if "format" in self.address.options:
            wishes["input_format"] = self.address.options["format"]
        return wishes

    def _check_size(self, size: tuple[int, int]) -> None:
        """A camera takes the nearest that it has, and tells nobody."""
        if self.size and size != self.size:
            asked, given = ("{}x{}".format(*pixels) for pixels in (self.size, size))
            raise DriverError(
                f"{self.address.place}: gives {given} pixels where {asked} are asked for. Write a "
                "size that it has."
            )

    def _check_rate(self, rate_hz: float | None) -> None:
        off = self.fps is not None and rate_hz is not None and abs(rate_hz / self.fps - 1.0)
        if off and off > RATE_TOLERANCE:
            raise DriverError(
                f"{self.address.place}: gives {rate_hz:.4g} pictures a second where {self.fps} are "
                "asked for. Write fps as it has it, a smaller size, or format=mjpeg."
            )

    def _why(self, error: Exception) -> str:
        number = error.errno if isinstance(error, OSError) else None
        return _REASONS.get(number or 0, f"it cannot be opened ({said(error)}).")


def v4l2_cameras() -> list[tuple[str, str]]:
    """Place (`/dev/video0`) and name of every device that takes pictures."""
    return devices(FORM)


def forbidden_cameras() -> list[str]:
    """Devices that are there and may not be opened: nobody can tell what they are."""
    places = sorted(str(path) for path in DEVICES.glob("video*"))
    return [place for place in places if not os.access(place, os.R_OK | os.W_OK)]


def _count(address: Address, key: str) -> int:
    value = address.integer(key, 0)
    if value <= 0:
        raise DriverError(f"{address}: '{key}' is {value}. Give a number above zero.")
    return value


_REASONS = {
    errno.ENOENT: "there is no such camera. `xlvla cameras` lists those that there are.",
    errno.EACCES: "you may not open it. Add yourself to the group that owns it (video), log in again.",
    errno.EPERM: "you may not open it. Add yourself to the group that owns it (video), log in again.",
    errno.EBUSY: "another program has it open. End it first.",
    errno.ENODEV: "it takes no pictures. A camera has more than one device; `xlvla cameras` lists "
    "those that take pictures.",
    errno.ENOTTY: "is no camera. `xlvla cameras` lists those that there are.",
    errno.EINVAL: "it does not do what is asked of it. Leave out format, then width, height and fps.",
}
