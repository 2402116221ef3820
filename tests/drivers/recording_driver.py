"""A driver that remembers what it was told, for tests of what stands around drivers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import HandSpec


class RecordingDriver(SimulatedDriver):
    """A simulated hand that notes every call with its time.

    Args:
        fails: Names of calls that raise DriverError.
    """

    def __init__(
        self, spec: HandSpec, now: Callable[[], float], fails: tuple[str, ...] = ()
    ) -> None:
        super().__init__(spec, now=now)
        self.now = now
        self.fails = fails
        self.calls: list[tuple[str, float]] = []
        self.sent: list[np.ndarray] = []

    def open(self) -> None:
        self._note("open")

    def close(self) -> None:
        self._note("close")

    def command(self, qpos: np.ndarray) -> None:
        self._note("command")
        self.sent.append(qpos)
        super().command(qpos)

    def hold(self) -> None:
        self._note("hold")
        super().stop()

    def stop(self) -> None:
        self._note("stop")
        super().stop()

    def times(self, call: str) -> np.ndarray:
        """When a call came [s]."""
        return np.array([time_s for name, time_s in self.calls if name == call])

    def _note(self, call: str) -> None:
        self.calls.append((call, self.now()))
        if call in self.fails:
            raise DriverError(f"{self.spec.id}: {call} failed.")
