"""A stand-in for LeRobot, and a bridge for the robot to speak to.

LeRobot is not among the test's packages: its dependencies exclude the SDK's. The stand-in has the two
names that the plugin imports and does with them what lerobot 0.4.4 does, no more; against the real
thing the plugin runs in `python -m bench.lerobot --lerobot-python PATH`.
"""

from __future__ import annotations

import sys
import threading
from abc import ABC
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.integrations.bridge import BridgeSettings, Columns, JointColumns, serve_body
from xlvla_sdk.policy import WallClock
from xlvla_sdk.registry import registry

WAIT_S = 20.0


@dataclass(kw_only=True)
class StandInConfig:
    """For `lerobot.robots.RobotConfig`."""

    kinds: ClassVar[dict[str, type]] = {}
    id: str | None = None
    calibration_dir: Path | None = None

    @classmethod
    def register_subclass(cls, name: str) -> Callable[[type], type]:
        def register(kind: type) -> type:
            cls.kinds[name] = kind
            return kind

        return register


class StandInRobot(ABC):
    """For `lerobot.robots.Robot`; the real one disconnects when it is thrown away, too."""

    name: ClassVar[str]

    def __init__(self, config: StandInConfig) -> None:
        self.robot_type = self.name
        self.id = config.id

    def __str__(self) -> str:
        return f"{self.id} {type(self).__name__}"


def _stand_in() -> None:
    robots = ModuleType("lerobot.robots")
    robots.__dict__.update(Robot=StandInRobot, RobotConfig=StandInConfig)
    package = ModuleType("lerobot")
    package.__dict__.update(robots=robots)
    sys.modules.update({"lerobot": package, "lerobot.robots": robots})


_stand_in()  # before a test module imports the plugin


@dataclass
class Served:
    """A bridge of a simulated hand that runs in a thread.

    Attributes:
        url: Where it listens.
    """

    url: str
    thread: threading.Thread
    leaving: threading.Event

    def end(self) -> None:
        """Ends it, as Ctrl-C does."""
        self.leaving.set()
        self.thread.join(WAIT_S)


@contextmanager
def bridge(
    name: str = "xhand:right", columns: Columns | None = None, **more: Any
) -> Iterator[Served]:
    """A bridge of a simulated body."""
    body, clock = registry().embodiment(name), WallClock()
    up, leaving, urls = threading.Event(), threading.Event(), []

    def listening(url: str) -> None:
        urls.append(url)
        up.set()

    def run() -> None:
        drivers = [SimulatedDriver(part, now=clock.now) for part in body.parts]
        patient = BridgeSettings(watchdog_s=30.0, seat_s=30.0)
        chosen = columns or JointColumns(body)
        serve_body(drivers, chosen, clock, patient, listening=listening, leaving=leaving, **more)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(WAIT_S)
    served = Served(urls[0], thread, leaving)
    try:
        yield served
    finally:
        served.end()


@pytest.fixture
def bridged() -> Callable[..., Any]:
    """`bridge`, for tests: they cannot import this file."""
    return bridge
