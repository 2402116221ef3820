"""Source: what moves the body while an episode is recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from xlvla_sdk.drivers import Driver
from xlvla_sdk.drivers.camera import Camera
from xlvla_sdk.layouts import Layout
from xlvla_sdk.policy import Clock, EpisodeLog, Policy, RunSettings, run_episode
from xlvla_sdk.policy.status import Monitor
from xlvla_sdk.recording.album import Album
from xlvla_sdk.recording.motion import Motion, periods_hz


class Source(ABC):
    """Plays one episode after the other. Between two of them no device and no camera is open."""

    @abstractmethod
    def play(self, album: Album, monitor: Monitor | None = None) -> Motion:
        """Plays an episode until it ends or the album says so.

        Args:
            album: Is shown the cameras every period.
            monitor: Is told the status every period.

        Raises:
            XlvlaError: Whatever ended it otherwise; every device was stopped.
        """


class PolicySource(Source):
    """A policy moves the body, as `run_episode` has it: checked, and stopped on every way out.

    Args:
        drivers: One for each part of the layout's embodiment, in their order.
        layout: The rows' format.
        policy: Who answers.
        clock: Whose time.
        settings: How an episode is run; commands go out at a multiple of the rows' rate.
        fps: Rows per second of the dataset.
        cameras: By name; the policy sees them, too.
    """

    def __init__(
        self,
        drivers: Sequence[Driver],
        layout: Layout,
        policy: Policy,
        clock: Clock,
        settings: RunSettings,
        fps: float,
        cameras: Mapping[str, Camera],
    ) -> None:
        self._drivers, self._layout, self._policy = drivers, layout, policy
        self._clock, self._cameras = clock, cameras
        self._settings = replace(settings, rate_hz=periods_hz(fps))

    def play(self, album: Album, monitor: Monitor | None = None) -> Motion:
        log = EpisodeLog()
        run_episode(
            self._drivers,
            self._layout,
            self._policy,
            self._clock,
            self._settings,
            cameras=self._cameras,
            log=log,
            monitor=monitor,
            onlooker=album,
        )
        found: dict[str, np.ndarray] = log.motion(len(self._layout.embodiment.joints))
        return Motion(found["time_s"], found["qpos"], found["targets"])
