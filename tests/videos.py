"""Videos made by tests: files, and a stream that a test sends picture by picture, as a camera does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, cast

import av
import numpy as np
from av.video.stream import VideoStream

from xlvla_sdk.errors import XlvlaError

HEIGHT, WIDTH = 48, 64
MICRO = Fraction(1, 1_000_000)
T = TypeVar("T")


def grey(level: int) -> np.ndarray:
    """A picture of one grey."""
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def write_video(path: Path, greys: Sequence[int], rate: int = 10, codec: str = "libx264") -> Path:
    """Writes a video, a picture for each grey."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=rate))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for level in greys:
            frame = av.VideoFrame.from_ndarray(grey(level), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class Feed:
    """A pipe with a stream of MJPEG pictures and their stamps in it, as a V4L2 camera gives them.

    A camera that opens the pipe as a file of the format `nut` sees what is sent, and nothing else
    until the next; when the feed is closed, the camera is unplugged.
    """

    FORM = "nut"

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._pipe = os.open(path, os.O_RDWR)  # a pipe open on one side alone would wait
        self._container = av.open(
            self, "w", format=self.FORM, container_options={"flush_packets": "1"}
        )
        self._stream = cast(VideoStream, self._container.add_stream("mjpeg", rate=30))
        self._stream.width, self._stream.height = WIDTH, HEIGHT
        self._stream.pix_fmt = "yuvj420p"
        self._stream.time_base = self._stream.codec_context.time_base = MICRO

    def write(self, data: bytes) -> int:
        return os.write(self._pipe, data)

    def send(self, level: int, stamp_s: float) -> None:
        """One picture."""
        frame = av.VideoFrame.from_ndarray(grey(level), format="rgb24")
        frame.pts, frame.time_base = round(stamp_s * 1e6), MICRO
        self._container.mux(self._stream.encode(frame))

    def send_damaged(self, stamp_s: float, data: bytes = b"no picture") -> None:
        """What is no JPEG."""
        packet = av.Packet(data)
        packet.stream, packet.time_base = self._stream, MICRO
        packet.pts = packet.dts = round(stamp_s * 1e6)
        self._container.mux(packet)

    def close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def eventually(ask: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Asks until the answer is good."""
    end_s = time.monotonic() + 30.0
    while not good(answer := ask()):
        assert time.monotonic() < end_s, answer
        time.sleep(0.002)
    return answer


def refused(ask: Callable[[], object]) -> str:
    """What the error says, once there is one."""

    def said() -> str:
        try:
            ask()
        except XlvlaError as error:
            return error.message
        return ""

    return eventually(said, bool)
