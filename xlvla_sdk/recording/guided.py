"""GuidedSource: a person moves the body; it is read, and told nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from xlvla_sdk.drivers import Driver
from xlvla_sdk.drivers.camera import Camera
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.policy import Clock, Status
from xlvla_sdk.policy.body import Body
from xlvla_sdk.policy.frames import Frames
from xlvla_sdk.policy.pace import Pace
from xlvla_sdk.policy.settings import DEFAULTS
from xlvla_sdk.policy.status import Monitor
from xlvla_sdk.recording.album import Album
from xlvla_sdk.recording.motion import Motion, periods_hz
from xlvla_sdk.recording.source import Source
from xlvla_sdk.specs import Embodiment


class GuidedSource(Source):
    """Reads a body that somebody moves by hand.

    Devices that are named are released first: what that means is theirs, and some go limp. The
    others are read as they stand; a maker's own teaching mode stays as it is. Nothing is commanded,
    and a device that was not moved is not stopped either. An alarm or a threshold ends the episode.

    Args:
        embodiment: What is moved.
        drivers: One for each of its parts, in their order.
        clock: Whose time.
        fps: Rows per second of the dataset.
        cameras: By name.
        seconds: How long an episode lasts [s]; until it is called off when None.
        released: Ids of devices to release at the beginning of every episode.
        thresholds: Of every device; see `SafeDriver`.

    Raises:
        DriverError: A device to release that is no part of the body.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        drivers: Sequence[Driver],
        clock: Clock,
        fps: float,
        cameras: Mapping[str, Camera],
        *,
        seconds: float | None = None,
        released: Collection[str] = (),
        thresholds: Thresholds | None = None,
    ) -> None:
        parts = [part.id for part in embodiment.parts]
        if odd := [name for name in released if name not in parts]:
            raise DriverError(
                f"'{odd[0]}' cannot be released: it is no part of {embodiment.name}. Its parts are: "
                f"{', '.join(parts)}."
            )
        self._embodiment, self._drivers, self._clock = embodiment, drivers, clock
        self._rate_hz, self._cameras, self._seconds = periods_hz(fps), cameras, seconds
        self._released, self._thresholds = released, thresholds

    def play(self, album: Album, monitor: Monitor | None = None) -> Motion:
        body = Body(self._embodiment, self._drivers, self._clock.now, None, self._thresholds)
        frames = Frames(self._cameras, self._clock, DEFAULTS.oldest_frame_s)
        times: list[float] = []
        qpos: list[np.ndarray] = []
        with self._clock.attending(), frames, body:
            for driver in body.drivers:
                if driver.spec.id in self._released:
                    driver.release()
            pace = Pace(self._clock, 1.0 / self._rate_hz)
            while True:
                now = self._clock.now()
                times.append(now)
                qpos.append(body.read())
                album.saw(now, frames)
                if album.over() or self._over(now - times[0]):
                    break
                if monitor is not None:
                    monitor(self._status(times, frames))
                pace.next()
        return Motion(np.array(times) - times[0], np.array(qpos), None)

    def _over(self, lasted_s: float) -> bool:
        return self._seconds is not None and lasted_s >= self._seconds

    def _status(self, times: Sequence[float], frames: Frames) -> Status:
        recent = times[-round(self._rate_hz) - 1 :]
        lasted_s = recent[-1] - recent[0]
        return Status(
            time_s=times[-1] - times[0],
            rate_hz=(len(recent) - 1) / lasted_s if lasted_s > 0.0 else 0.0,
            chunk_age_s=None,
            answer_s=None,
            frame_age_s=frames.age_s(frames.known()),
            limits_touched=0,
        )
