"""How many commands and readings a second a driver and its wire sustain."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.driver_devices import Swing, Walked
from bench.emulated import Emulated
from xlvla_sdk.drivers import Driver

WARM_UP_S = 0.5
BITS = 10
"""On a serial line for a byte."""
FREE_PART = 4
"""The unpaced measure takes one part in so many of the cycles."""
HEADER = (
    "device, wire",
    "goal [Hz]",
    "paced at it [Hz]",
    "error of the period, p50 [ms]",
    "p99 [ms]",
    "worst [ms]",
    "unpaced [Hz]",
    "bytes a cycle, there and back",
    "of the line",
)


@dataclass(frozen=True)
class Rate:
    """What a device sustained.

    Attributes:
        walked: The device.
        paced: When each cycle ended that was paced [s]; without a goal none was.
        free: When each ended that was not.
        sent: Bytes a cycle to the device.
        back: Bytes a cycle from it.
        violations: Commands that must not be.
    """

    walked: Walked
    paced: np.ndarray
    free: np.ndarray
    sent: float
    back: float
    violations: int

    def row(self) -> tuple[str, ...]:
        """As the table has it."""
        goal = self.walked.goal_hz
        hz = errors = None
        if goal is not None:
            hz, errors = _hz(self.paced), 1e3 * np.abs(np.diff(self.paced) - 1 / goal)
        return (
            str(self.walked),
            "–" if goal is None else f"{goal:g}",
            "–" if hz is None else f"{hz:.1f}",
            *("–" if errors is None else f"{np.percentile(errors, p):.2f}" for p in (50, 99, 100)),
            f"{_hz(self.free):.0f}",
            f"{self.sent:.0f} + {self.back:.0f}",
            self._load(),
        )

    def _load(self) -> str:
        """Part of the line's time that the goal takes, the busier direction where there are two."""
        walked = self.walked
        if walked.baud is None or walked.goal_hz is None:
            return "–"
        busy = max(self.sent, self.back) if walked.duplex else self.sent + self.back
        return f"{busy * BITS * walked.goal_hz / walked.baud:.0%}"


def measure(walked: Walked, seconds: float) -> Rate:
    """Commands and reads a device against its emulator for some time [s], paced, then as fast as it goes."""
    with Emulated(walked) as emulated, walked.driver(emulated.address) as driver:
        swing = Swing(driver)
        _cycles(driver, swing, walked.goal_hz, WARM_UP_S)
        _return(driver, swing, WARM_UP_S)
        before = emulated.facts()
        cycles = _cycles(driver, swing, walked.goal_hz, seconds)
        after = emulated.facts()
        _return(driver, swing, seconds)
        free = (
            cycles if walked.goal_hz is None else _cycles(driver, swing, None, seconds / FREE_PART)
        )
        driver.stop()
        return Rate(
            walked,
            cycles,
            free,
            (after.received - before.received) / len(cycles),
            (after.sent - before.sent) / len(cycles),
            len(emulated.facts().violations),
        )


def _cycles(driver: Driver, swing: Swing, rate_hz: float | None, seconds: float) -> np.ndarray:
    """When each cycle of a command and a reading ended [s]; a period that is missed is left out."""
    ended: list[float] = []
    begun = due = time.monotonic()
    while (now := time.monotonic()) < begun + seconds:
        if rate_hz is not None:
            due = max(due + 1 / rate_hz, now - 1 / rate_hz)
            time.sleep(max(0.0, due - now))
        driver.command(swing.at(time.monotonic() - begun))
        driver.read()
        ended.append(time.monotonic())
    return np.array(ended)


def _return(driver: Driver, swing: Swing, time_s: float) -> None:
    """Back to where the swing begins, in no larger steps than its own."""
    end_s = np.ceil(time_s / 2.0) * 2.0
    for first, second in pairwise(np.linspace(time_s, end_s, 80)):
        driver.command(swing.at(float(second)))
        time.sleep(float(second - first))


def _hz(ended: np.ndarray) -> float:
    return (len(ended) - 1) / (ended[-1] - ended[0])
