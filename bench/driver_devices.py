"""The devices that `bench.drivers` walks: on which wire, how fast, and what may go wrong there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from xlvla_sdk.drivers import Address, Driver
from xlvla_sdk.plugin import Device
from xlvla_sdk.registry import registry
from xlvla_sdk.testing import Faults
from xlvla_sdk.testing.faults import KINDS

DAMAGE = ("corrupted", "truncated", "noise")
"""What TCP repairs: its own checksums are below these emulated wires, which stand on it."""


@dataclass(frozen=True)
class Walked:
    """A device on a wire.

    Attributes:
        name: The device.
        wire: As in an address.
        goal_hz: Cycles of a command and a reading a second; None where there is no goal.
        options: More of its address, for its rate.
        baud: Of its serial line; None for a network or a maker's package.
        duplex: Whether both directions of the line are free at once.
        repaired: Kinds of faults that cannot happen there.
        age_s: How old what it reads may be at most [s]: as its driver's page says.
        call_s: How long a call may take at most before its DriverError [s], by the deadlines of its
            questions.
    """

    name: str
    wire: str
    goal_hz: float | None
    call_s: float
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    baud: int | None = None
    duplex: bool = False
    repaired: tuple[str, ...] = ()
    age_s: float = 0.0

    def __str__(self) -> str:
        more = "".join(f" {key}={value}" for key, value in self.options.items())
        return f"{self.name} {self.wire}{more}"

    @property
    def device(self) -> Device:
        """From the registry."""
        return registry().device(self.name)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Faults that can happen on this wire."""
        return tuple(kind for kind in KINDS if kind not in self.repaired)

    def driver(self, address: Address, options: Mapping[str, str] | None = None) -> Driver:
        """Its driver, not open."""
        for key, value in (self.options if options is None else options).items():
            address = address.having(key, value)
        return self.device.driver(address)

    def emulator(self, timed: bool, faults: Faults | None = None) -> Any:
        """Its emulator, not open yet."""
        make = self.device.load("emulator", self.wire)
        return make(self.device.spec, self.wire, faults, timed)


TRIES = 3
WALKED = (
    Walked(
        "ability:right", "serial", 200.0, 3 * TRIES * 0.05, baud=460800, duplex=True, age_s=0.01
    ),
    Walked("inspire:right", "serial", 50.0, TRIES * 0.1, baud=115200),
    Walked("inspire:right", "modbus-rtu", 50.0, TRIES * 0.1, baud=115200),
    Walked("inspire:right", "modbus-tcp", 50.0, TRIES * 0.1, repaired=DAMAGE),
    Walked(
        "inspire_ftp:right",
        "modbus-tcp",
        25.0,
        10 * TRIES * 0.1,
        MappingProxyType({"touch": "1"}),
        repaired=DAMAGE,
    ),
    Walked("xhand:right", "serial", 80.0, 2 * TRIES * 0.05, baud=3_000_000, age_s=0.015),
    Walked("xhand:right", "sdk", None, 2 * 0.5, age_s=0.015),
    Walked("paxini:right", "sdk", None, 1.0),
    Walked("xarm7", "tcp", 250.0, 4 * 0.1, repaired=DAMAGE),
    Walked("g1:right", "dds", 250.0, 0.2, age_s=0.05),
)


def chosen(only: list[str] | None) -> list[Walked]:
    """Those whose name or wire holds one of the texts; all of them without any."""
    return [walked for walked in WALKED if not only or any(text in str(walked) for text in only)]


class Swing:
    """Targets that go to and fro about a posture, slowly enough for every device.

    Args:
        driver: Open.
        part: How far, as a part of each joint's range.
        period_s: To and fro [s].
    """

    def __init__(self, driver: Driver, part: float = 0.06, period_s: float = 2.0) -> None:
        lower, upper = driver.spec.limits
        here = np.clip(driver.read().qpos, lower, upper)
        self.here = here
        away = np.where(here - lower > upper - here, -part, part) * (upper - lower)
        self._away = np.where(np.isin(driver.spec.joints, driver.commanded), away, 0.0)
        self._period_s = period_s

    def at(self, time_s: float) -> np.ndarray:
        """The target at a time since the beginning [s]; `here` at 0."""
        return self.here + self._away * 0.5 * (1.0 - np.cos(2 * np.pi * time_s / self._period_s))
