"""Frames: what the cameras see, for a loop that never waits for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TypeVar

from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DriverError, XlvlaError
from xlvla_sdk.policy.clock import Clock
from xlvla_sdk.policy.worker import Newest, OnDemand

T = TypeVar("T")


class Frames:
    """A context manager: opens every camera and reads each beside the loop.

    On the wall clock every camera has a thread, here and not in its driver; on a simulated one a
    picture is made when an observation needs it, and only then.

    Args:
        cameras: By the names that the policy knows them by.
        clock: Whose time.
        oldest_s: How old a picture may be [s].

    Attributes:
        worst_age_s: The oldest picture that was looked at [s].
    """

    def __init__(self, cameras: Mapping[str, Camera], clock: Clock, oldest_s: float) -> None:
        self.worst_age_s = 0.0
        self._cameras = dict(cameras)
        self._clock = clock
        self._oldest_s = oldest_s
        self._followed: dict[str, Newest[Frame]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Frames:
        try:
            for name, camera in self._cameras.items():
                self._open.enter_context(camera)
                followed = self._followed_by(camera)
                self._open.callback(followed.close)  # before its camera, the other way round
                self._followed[name] = followed
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _followed_by(self, camera: Camera) -> Newest[Frame]:
        # A simulation is one state: it is looked at in the thread that moves it.
        if camera.thread_safe:
            return self._clock.follow(camera.read)
        return OnDemand(camera.read)

    def look(self) -> dict[str, Frame]:
        """The newest picture of every camera; DriverError when one is gone."""
        return {name: _told(name, newest.newest) for name, newest in self._followed.items()}

    def known(self) -> dict[str, Frame]:
        """The same without reading: where only reading tells, the camera is left out."""
        known = {name: _told(name, newest.known) for name, newest in self._followed.items()}
        return {name: frame for name, frame in known.items() if frame is not None}

    def age_s(self, frames: Mapping[str, Frame]) -> float | None:
        """How old the oldest of these pictures is [s]; None when there are none."""
        return self._oldest(frames)[0] if frames else None

    def late(self, frames: Mapping[str, Frame]) -> str | None:
        """Which of these pictures is too old, in words; None when none is."""
        age_s, name = self._oldest(frames)
        if age_s <= self._oldest_s:
            return None
        return f"the newest picture of camera '{name}' is {1e3 * age_s:.0f} ms old"

    def _oldest(self, frames: Mapping[str, Frame]) -> tuple[float, str]:
        now = self._clock.now()
        oldest = max(
            ((now - frame.time_s, name) for name, frame in frames.items()), default=(0.0, "")
        )
        self.worst_age_s = max(self.worst_age_s, oldest[0])
        return oldest


def _told(name: str, tell: Callable[[], T]) -> T:
    try:
        return tell()
    except DriverError as error:
        raise DriverError(f"camera '{name}': {error.message}", **error.values) from error
    except XlvlaError:
        raise
    except Exception as error:
        raise DriverError(f"camera '{name}' failed: {type(error).__name__}: {error}.") from error
