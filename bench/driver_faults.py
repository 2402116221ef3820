"""What a driver makes of a line that spoils answers: recovered, refused, an error; never a wrong reading."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from bench.driver_devices import Swing, Walked
from xlvla_sdk.drivers import Counts, Driver, SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Faults, Truth

PART = 0.05
"""How many answers are spoilt."""
SLACK_S = 0.02
"""How much older than a driver says a reading may be [s]: an answer that came just too late for the
question before it answers this one, and this machine is busy."""
BUSY_S = 0.1
"""How much longer than its deadlines a call may take because the machine is busy [s]."""
OPENINGS = 200
"""How often opening is tried on the bad line."""
PAUSE_S = 0.002
"""Between a command and the readings after it [s]."""
READINGS = 3
"""After each command."""
HEADER = (
    "device, wire",
    "fault",
    "exchanges",
    "spoilt",
    "recovered",
    "refused",
    "errors",
    "silent",
    "longest call [ms]",
    "allowed",
    "longest opening [s]",
)


@dataclass
class Outcome:
    """What came of a kind of fault.

    Attributes:
        walked: The device.
        kind: The fault.
        exchanges: Answers that the device made.
        struck: How many of them were spoilt.
        counts: What the driver counted.
        errors: Calls that ended in a DriverError.
        silent: Readings that were wrong, in words.
        violations: Commands that must not be.
        longest_s: The longest call [s].
        opening_s: The longest opening with its first command [s].
    """

    walked: Walked
    kind: str
    exchanges: int = 0
    struck: int = 0
    counts: Counts = field(default_factory=Counts)
    errors: int = 0
    silent: int = 0
    violations: int = 0
    longest_s: float = 0.0
    opening_s: float = 0.0

    def row(self) -> tuple[str, ...]:
        """As the table has it."""
        counted = (self.counts.recovered, self.counts.refused)
        return (
            str(self.walked),
            self.kind,
            str(self.exchanges),
            str(self.struck),
            *map(str, counted if self.counts.asked else ("–", "–")),
            str(self.errors),
            str(self.silent),
            f"{1e3 * self.longest_s:.0f}",
            f"{1e3 * self.walked.call_s:.0f}",
            f"{self.opening_s:.2f}",
        )


def survive(walked: Walked, kind: str, exchanges: int) -> Outcome:
    """Commands and reads a device, a part of whose answers is spoilt in one way."""
    outcome = Outcome(walked, kind)
    faults = Faults(seed=zlib.crc32(f"{walked} {kind}".encode()))
    with walked.emulator(timed=False, faults=faults) as emulator:
        driver = walked.driver(emulator.address)
        truth = Truth(emulator, walked.age_s + SLACK_S)
        line = Line(driver, outcome)
        line.open()
        swing = Swing(driver, period_s=0.5)
        setattr(faults, kind, PART)
        faults.frames = 0
        while faults.frames < exchanges:
            line.command(swing)
            for _ in range(READINGS):
                line.read(truth)
        setattr(faults, kind, 0.0)
        line.close()
        outcome.exchanges, outcome.struck = faults.frames, faults.struck[kind]
        outcome.violations = len(emulator.joints.violations)
    print(" | ".join(outcome.row()))
    return outcome


class Line:
    """A driver on a bad line: opened again after each error, its calls timed.

    Args:
        driver: The device's.
        outcome: Where it is noted.
    """

    def __init__(self, driver: Driver, outcome: Outcome) -> None:
        self._driver = driver
        self._outcome = outcome
        self._safe = SafeDriver(driver, time.monotonic, speed=1.0)
        self._fresh = True  # whether the next command takes the device
        self._begun = time.monotonic()

    def open(self) -> None:
        """Opens the driver, as often as that needs."""
        begun = time.monotonic()
        for _ in range(OPENINGS):
            with suppress(DriverError):
                self._driver.open()
                break
            self._driver.close()
        else:
            raise RuntimeError(f"{self._driver.spec.id} did not open in {OPENINGS} tries")
        self._outcome.opening_s = max(self._outcome.opening_s, time.monotonic() - begun)
        self._safe = SafeDriver(self._driver, time.monotonic, speed=1.0)
        self._fresh = True

    def close(self) -> None:
        """Stops and closes it, and adds up what it counted."""
        with suppress(DriverError):
            self._driver.stop()
        ours, its = self._outcome.counts, self._driver.counts
        for name in vars(ours):
            setattr(ours, name, getattr(ours, name) + getattr(its, name))
        self._driver.close()

    def command(self, swing: Swing) -> None:
        """One step towards where the swing is."""
        target, fresh = swing.at(time.monotonic() - self._begun), self._fresh
        begun = time.monotonic()
        if self._try(lambda: self._safe.approach(target), fresh):
            self._fresh = False
        if fresh:
            self._outcome.opening_s = max(self._outcome.opening_s, time.monotonic() - begun)
        time.sleep(PAUSE_S)

    def read(self, truth: Truth) -> None:
        """A reading, compared with where the joints stood."""
        asked_s = time.monotonic()
        found: list[np.ndarray] = []
        self._try(lambda: found.append(self._driver.read().qpos), False)
        if found and (wrong := truth.wrong(found[0], asked_s)) is not None:
            self._outcome.silent += 1
            print(f"SILENT: {self._outcome.walked}, {self._outcome.kind}: {wrong}")

    def _try(self, call: Callable[[], object], apart: bool) -> bool:
        """Whether it went well; after an error the driver is open anew."""
        begun = time.monotonic()
        try:
            call()
        except DriverError:
            self._took(begun, apart)
            self._outcome.errors += 1
            self.close()
            self.open()
            return False
        self._took(begun, apart)
        return True

    def _took(self, begun: float, apart: bool) -> None:
        if not apart:
            self._outcome.longest_s = max(self._outcome.longest_s, time.monotonic() - begun)
