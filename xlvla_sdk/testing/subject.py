"""Subject: what the contract is asked of: a device's driver, on its emulator, on one wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers import Address, Driver, SafeDriver
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.specs import ArmSpec, HandSpec
from xlvla_sdk.testing.emulator import Emulator
from xlvla_sdk.testing.truth import AGE_S, TOLERANCE, Truth

STEP_S = 0.01
"""Between two steps towards a posture, and two looks whether it is reached [s]."""
RESTING = 2e-3
"""A joint so near to where it comes to rest stands [rad]."""
LAG_S = 0.01
"""Time constant of the joints [s]: tests wait for what is left of a motion."""
QUIET_S = 0.01
"""When a device was told nothing for so long, nothing is on its way to it [s]."""
HEARS_S = 5.0
"""How long a command may be on its way on a wire that does not say when it has arrived [s]."""
LONGEST_S = 15.0
"""How long anything may take before the test says that it never came [s]."""
FAR = 0.12
"""How far the joints are sent, as a part of their range."""
LONGEST_WAY = 3.0
"""Of joints with a longer range so much counts as their range [rad]."""
WAY_S = 2.0
"""How long that way takes joints that are to be met in motion [s], or longer: a test that is kept from
running for most of it still finds them moving."""
GOING = 0.03
"""A joint that has come so far on its way is in motion."""


@dataclass(frozen=True)
class Subject:
    """A device on one of its wires.

    Attributes:
        spec: The device.
        wire: As in an address.
        driver: Makes its driver of spec and address, which opens nothing.
        emulator: Its emulator.
        other: The same device on the other side, where it has one.
        impatient: Options of an address with which its driver waits less for an answer, for lines
            that often bring none.
    """

    spec: HandSpec | ArmSpec
    wire: str
    driver: Callable[[HandSpec | ArmSpec, Address], Driver]
    emulator: type[Emulator]
    other: HandSpec | ArmSpec | None = None
    impatient: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        return f"{self.spec.id} {self.wire}"

    @contextmanager
    def emulated(self, impatient: bool = False) -> Iterator[Rig]:
        """The emulated device, and a driver that is not open yet."""
        with self.emulator(self.spec, self.wire, timed=False) as emulator:
            address = emulator.address
            for key, value in self.impatient.items() if impatient else ():
                address = address.having(key, value)
            rig = Rig(emulator, self.driver(self.spec, address))
            try:
                yield rig
            finally:
                rig.driver.close()

    @contextmanager
    def opened(self, impatient: bool = False) -> Iterator[Rig]:
        """The emulated device, and its open driver; stopped at the end where that is possible."""
        with self.emulated(impatient) as rig:
            rig.driver.open()
            try:
                yield rig
            finally:
                with suppress(XlvlaError):
                    rig.driver.stop()


class Rig:
    """An emulated device and a driver for it.

    Args:
        emulator: The device, on its wire.
        driver: Its driver.

    Attributes:
        truth: Where the joints stand and stood.
    """

    def __init__(self, emulator: Emulator, driver: Driver) -> None:
        self.emulator = emulator
        self.driver = driver
        self.truth = Truth(emulator)
        self._safe: SafeDriver | None = None
        self._speed = emulator.joints.speed.copy()
        emulator.joints.lag_s = LAG_S

    @property
    def moved(self) -> np.ndarray:
        """Which of the spec's joints can be told about."""
        return np.isin(self.driver.spec.joints, self.driver.commanded)

    @property
    def told(self) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """What the device was told so far."""
        return list(self.truth.record.told)

    def times_told(self) -> int:
        """How often the device was told something, once nothing is on its way to it any more."""
        before = -1
        while before != len(self.truth.record.told):
            before = len(self.truth.record.told)
            time.sleep(QUIET_S)
        return before

    def target(self, part: float = FAR) -> Float[np.ndarray, " D"]:
        """A posture so far from here, each joint towards the limit that is further away."""
        lower, upper = self.driver.spec.limits
        here = np.clip(self.driver.read().qpos, lower, upper)
        way = part * np.minimum(upper - lower, LONGEST_WAY)
        away = np.where(here - lower > upper - here, -way, way)
        return np.where(self.moved, here + away, here)

    def step(self, target: Float[np.ndarray, " D"]) -> bool:
        """One command towards a target at the velocity limits; whether it was the target itself."""
        if self._safe is None:
            self._safe = SafeDriver(self.driver, time.monotonic, speed=1.0)
        return self._safe.approach(target)

    def begin(self) -> None:
        """The next step starts from the measured posture."""
        self._safe = None

    def go(self, target: Float[np.ndarray, " D"]) -> None:
        """Sends the device to a target, step by step, and returns without waiting for it."""
        self.emulator.joints.speed = self._speed.copy()
        self.begin()
        ends_s = time.monotonic() + LONGEST_S
        while not (self.step(target) and self._was_told(target)):
            assert time.monotonic() < ends_s, "the device was never told the target"
            time.sleep(STEP_S)

    def set_going(self) -> Float[np.ndarray, " D"]:
        """Returns in the middle of a slow motion; where it was to go."""
        self.begin()
        target, start = self.target(), self.driver.read().qpos
        there = self.step(target)  # some devices are told a speed with their first target
        joints = self.emulator.joints
        ranges = np.subtract(*self.driver.spec.limits[::-1])
        part = FAR / WAY_S * min(1.0, LONGEST_WAY / ranges.max())
        joints.speed = np.minimum(self._speed, part * (joints.upper - joints.lower))
        ends_s = time.monotonic() + LONGEST_S
        while not there or self.part_of_the_way(start, target) < GOING:
            assert time.monotonic() < ends_s, "it does not move"
            time.sleep(STEP_S)
            there = there or self.step(target)
        return target

    def part_of_the_way(self, start: np.ndarray, target: np.ndarray) -> float:
        """How far the joint is that has come furthest from here to there; 1 is there."""
        way = np.abs(target - start)[self.moved]
        return float((np.abs(self.driver.read().qpos - start)[self.moved] / way).max())

    def goal(self) -> Float[np.ndarray, " D"]:
        """Where the joints come to rest if they are told nothing more [rad], as the device has it."""
        return self.emulator.qpos(self.emulator.joints.goal)

    def aim(self) -> Float[np.ndarray, " D"]:
        """What the device was told last [rad]."""
        return self.emulator.qpos(self.emulator.joints.target)

    def stays_away(self, target: Float[np.ndarray, " D"]) -> None:
        """It was on its way to a target, and is told to go there no more, at once or in a moment."""
        ends_s = time.monotonic() + HEARS_S
        while np.abs(self.goal() - target)[self.moved].max() <= 3 * TOLERANCE:
            assert time.monotonic() < ends_s, "it went on to its target"
            time.sleep(STEP_S)

    def settled(self) -> Float[np.ndarray, " D"]:
        """Where the joints come to rest [rad], as it is read then; reads rightly all the while."""
        ends_s = time.monotonic() + LONGEST_S
        self.read_rightly()
        while self._gap(self.goal()) > RESTING:
            assert time.monotonic() < ends_s, "the joints do not come to rest"
            time.sleep(STEP_S)
            self.read_rightly()
        ends_s = time.monotonic() + AGE_S  # a reading may be as old as that
        while True:
            qpos = self.read_rightly()
            if np.abs(qpos - self.goal()).max() < TOLERANCE or time.monotonic() > ends_s:
                return qpos
            time.sleep(STEP_S)

    def _gap(self, there: np.ndarray) -> float:
        """How far the joints stood from there when the device looked last [rad]."""
        _, position = self.truth.record.stood[-1]
        return float(np.abs(self.emulator.qpos(position) - there).max())

    def _was_told(self, target: np.ndarray) -> bool:
        """Whether a command has arrived: not every wire says so, and some may lose one."""
        return bool(np.abs(self.aim() - target)[self.moved].max() < TOLERANCE)

    def read_rightly(self) -> Float[np.ndarray, " D"]:
        """A reading, compared with where the joints stood meanwhile."""
        asked_s = time.monotonic()
        qpos = self.driver.read().qpos
        wrong = self.truth.wrong(qpos, asked_s)
        assert wrong is None, wrong
        return qpos

    def check_commands(self) -> None:
        """Nothing that the device must not be told has been on the wire."""
        assert self.emulator.joints.violations == []
