"""Pictures: what a video device or file gives, decoded one after the other. Alone imports PyAV."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.errors import DriverError
from xlvla_sdk.storage import written_beside

try:
    import av
    import av.device
    from av.codec.context import Flags
    from av.error import InvalidDataError
    from av.video.reformatter import VideoReformatter
except ImportError as error:
    raise DriverError(
        "cameras and videos are read with PyAV, which is not installed. "
        "Write `pip install xlvla-sdk[camera]`."
    ) from error

DAMAGED = 30
"""So many damaged pictures one after the other are a broken camera, not a bad cable's odd one."""


@dataclass(frozen=True)
class Picture:
    """One decoded picture, in the camera's own pixels until somebody asks.

    Attributes:
        stamp_s: Its time in the stream; of a device the kernel's, of a file from an arbitrary
            start; None where it says none [s].
    """

    frame: av.VideoFrame
    stamp_s: float | None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height [pixels]."""
        return self.frame.width, self.frame.height

    def image(self) -> UInt8[np.ndarray, "height width 3"]:
        """Red, green and blue; the array cannot be written to."""
        image = VideoReformatter().reformat(self.frame, format="rgb24").to_ndarray()
        image.flags.writeable = False
        return image


class Pictures:
    """An open device or file. A context manager; used by one thread.

    Args:
        place: A path, or what else the format calls a place.
        form: FFmpeg's name of the format; None finds it out.
        options: FFmpeg's, for that format.

    Raises:
        OSError, ValueError: From FFmpeg, as it is, when it cannot be opened or read.
        DriverError: When there is no video in it.
    """

    def __init__(
        self, place: str, form: str | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        # Not `options`: those go to the decoder too, which then believes the size asked for.
        self._container = av.open(place, format=form, container_options=dict(options or {}))
        if not self._container.streams.video:
            self._container.close()
            raise DriverError(f"{place}: there is no video in it. Give another file.")
        self._stream = self._container.streams.video[0]

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes it; may be called twice."""
        self._container.close()

    @property
    def rate_hz(self) -> float | None:
        """Pictures a second, where it says so."""
        rate = self._stream.average_rate
        return None if not rate else float(rate)

    def whole(self) -> Iterator[Picture]:
        """Every picture of a file, in the order they are shown; a damaged one ends it."""
        for frame in self._container.decode(self._stream):
            yield _picture(frame)

    def live(self) -> Iterator[Picture]:
        """The pictures of a device, damaged ones left out; ends when the device does."""
        self._stream.thread_type = "NONE"  # several at once come out later
        self._stream.codec_context.flags |= Flags.low_delay
        damaged = 0
        while True:
            try:
                for packet in self._container.demux(self._stream):
                    if not packet.size:  # empty is how FFmpeg hands on a damaged one
                        damaged = _one_more(damaged, None)
                        continue
                    for frame in packet.decode():
                        damaged = 0
                        yield _picture(frame)
                return
            except InvalidDataError as error:
                damaged = _one_more(damaged, error)


def devices(form: str) -> list[tuple[str, str]]:
    """Place and name of every device that FFmpeg's device format finds."""
    return [(device.name, device.description) for device in av.device.enumerate_input_devices(form)]


def save_png(path: Path, image: UInt8[np.ndarray, "height width 3"]) -> None:
    """Writes a picture, whole or not at all."""
    encoder = av.CodecContext.create("png", "w")
    encoder.height, encoder.width = image.shape[:2]
    encoder.pix_fmt, encoder.time_base = "rgb24", Fraction(1)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    with written_beside(path) as beside:
        beside.write_bytes(b"".join(map(bytes, packets)))


def said(error: Exception) -> str:
    """What FFmpeg says went wrong, without its number."""
    return getattr(error, "strerror", None) or str(error)


def _picture(frame: av.VideoFrame) -> Picture:
    return Picture(frame, frame.time)


def _one_more(damaged: int, error: Exception | None) -> int:
    if damaged + 1 >= DAMAGED:
        raise OSError(errno.EIO, f"{DAMAGED} damaged pictures one after the other") from error
    return damaged + 1
