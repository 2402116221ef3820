"""What a camera gives while it is watched: how many pictures a second, and how old they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from xlvla_sdk.drivers.camera import Camera, Frame

LOOK_S = 0.005
"""How often the camera is asked [s]."""


@dataclass(frozen=True)
class Watched:
    """What came while it was watched.

    Attributes:
        last: The last frame.
        rate_hz: New frames a second; 0 when none came after the first.
        age_s: How old frames were when they were first seen: the median [s].
    """

    last: Frame
    rate_hz: float
    age_s: float


def watch(
    camera: Camera, seconds: float, now: Callable[[], float], sleep_until: Callable[[float], None]
) -> Watched:
    """Watches an open camera.

    Args:
        camera: It.
        seconds: For how long.
        now: The clock of its frames [s].
        sleep_until: That clock's.

    Raises:
        DriverError: When it is gone meanwhile.
    """
    end_s = now() + seconds
    last = camera.read()
    times, ages = [last.time_s], [now() - last.time_s]
    while now() < end_s:
        sleep_until(now() + LOOK_S)
        frame = camera.read()
        if frame.time_s > last.time_s:
            times.append(frame.time_s)
            ages.append(now() - frame.time_s)
        last = frame
    span_s = times[-1] - times[0]
    return Watched(last, (len(times) - 1) / span_s if span_s else 0.0, median(ages))
