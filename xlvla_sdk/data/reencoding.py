"""Videos at another rate: decoded, and encoded anew, an episode a file. Alone in this room imports PyAV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.data.episode import Episode, VideoPart
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.steadying import Steady
from xlvla_sdk.errors import DataError

try:
    import av
except ImportError as error:
    raise DataError(
        "videos are decoded and encoded anew with PyAV, which is not installed. Write `pip install xlvla-sdk[video]`."
    ) from error

CODEC = "libx264"
"""Every reader of LeRobot's datasets decodes H.264."""
OPTIONS = {"crf": "18", "g": "2", "bf": "0"}
"""Hardly a visible loss; a key picture every second one, since training reads single pictures."""


class Reencoder:
    """A context manager: videos of one episode at a time, in a folder that goes when it is left.

    Args:
        root: Where that folder is made.
        fps: Of the rows that there are.
        rate_hz: Of the rows that there will be.
    """

    def __init__(self, root: Path, fps: float, rate_hz: float) -> None:
        self._fps, self._rate_hz = fps, rate_hz
        self._scratch = TemporaryDirectory(prefix=".videos-", dir=root)

    def __enter__(self) -> Reencoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def videos(self, episode: Episode, steady: Steady) -> dict[str, VideoPart]:
        """An episode's videos at the new rate, to be copied before the next episode's are asked for.

        Each new row shows the picture of the old row nearest to it.

        Raises:
            DataError: A video is missing, damaged, or too short for the episode.
        """
        nearest = np.minimum(np.rint(steady.times * self._fps), len(episode) - 1) / self._fps
        made: dict[str, VideoPart] = {}
        for old in Path(self._scratch.name).iterdir():
            old.unlink()
        for number, (camera, part) in enumerate(episode.info.videos.items()):
            path = Path(self._scratch.name) / f"{episode.info.index}-{number}.mp4"
            where = f"{part.path} (camera '{camera}', episode {episode.info.index})"
            shown = _frames(part, part.from_s + nearest, 0.5 / self._fps, where)
            _write(path, shown, self._rate_hz)
            made[camera] = VideoPart(path, 0.0, steady.rows / self._rate_hz)
        return made


def shown_pictures(
    part: VideoPart, rows: int, fps: float, where: str
) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """The picture that a video shows at each row of an episode.

    Args:
        part: The episode's part of it.
        rows: How many there are.
        fps: Rows a second.
        where: What messages call it.

    Raises:
        DataError: It is missing, damaged, or too short for the episode.
    """
    times = part.from_s + np.arange(rows) / fps
    for frame in _frames(part, times, 0.5 / fps, where):
        yield frame.to_ndarray(format="rgb24")


def reencoded_features(features: Mapping[str, Feature], rate_hz: float) -> dict[str, Feature]:
    """The features with what is said of videos' rate and codec, where something is said, mended."""
    return {
        name: _mended(one, rate_hz) if one.dtype == "video" else one
        for name, one in features.items()
    }


def _mended(feature: Feature, rate_hz: float) -> Feature:
    said = {"video.fps": rate_hz, "video.codec": "h264", "video.pix_fmt": _pixels(feature.shape)}
    more = {
        key: {**value, **{name: one for name, one in said.items() if name in value}}
        if isinstance(value, Mapping)
        else value
        for key, value in feature.more.items()
    }
    return Feature(feature.dtype, feature.shape, feature.names, more)


def _frames(
    part: VideoPart, times: Sequence[float] | np.ndarray, tolerance_s: float, where: str
) -> Iterator[av.VideoFrame]:
    """The picture nearest to each of increasing times [s of the file]."""
    try:
        with av.open(str(part.path)) as container:
            stream = container.streams.video[0]
            assert stream.time_base is not None
            container.seek(int(times[0] / stream.time_base), stream=stream)
            pictures = container.decode(stream)
            shown, following = None, next(pictures, None)
            for time_s in times:
                while following is not None and following.time <= time_s + 1e-6:
                    shown, following = following, next(pictures, None)
                near = [one for one in (shown, following) if one is not None]
                best = min(near, key=lambda one: abs(one.time - time_s), default=None)
                if best is None or abs(best.time - time_s) > tolerance_s + 1e-3:
                    raise DataError(
                        f"{where}: has no picture at {time_s:.3f} s, where the episode has a row. It "
                        "was cut off, or is another episode's; copy it again.",
                        path=part.path,
                    )
                yield best
    except FileNotFoundError as error:
        raise DataError(
            f"{where}: there is no such file. Copy the dataset again, whole."
        ) from error
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"{where}: cannot be decoded ({error}). Copy it again.") from error


def _write(path: Path, pictures: Iterator[av.VideoFrame], rate_hz: float) -> None:
    rate = Fraction(rate_hz).limit_denominator(1000)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(CODEC, rate=rate, options=dict(OPTIONS))
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.width, stream.height = picture.width, picture.height
                stream.pix_fmt = _pixels((picture.height, picture.width))
            frame = picture.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base, frame.pict_type = number, 1 / rate, 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _pixels(shape: Sequence[int]) -> str:
    """How colours are kept: with a quarter of them, as everybody does, where both sizes are even."""
    return "yuv420p" if all(size % 2 == 0 for size in shape[:2]) else "yuv444p"
