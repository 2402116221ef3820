"""A motor that draws more than its user allows: the emulated hand holds, and the error says which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from xlvla_ability import hand
from xlvla_ability.driver import AbilityDriver
from xlvla_ability.emulator import AbilityEmulator

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import JointRecord

RIGHT = hand(Side.RIGHT)
MIDDLE, ROTATOR = 1, 5  # in the wire's order
COUNTS_A_DEGREE = 32767 / 150  # ICD 3.4


@contextmanager
def under_way(
    monkeypatch: pytest.MonkeyPatch,
    clock: list[float],
    thresholds: Thresholds | None = None,
    reply: str = "1",
) -> Iterator[tuple[AbilityEmulator, SafeDriver]]:
    """A hand that creeps towards its fist, with the checked driver that sent it there."""
    monkeypatch.setattr("xlvla_ability.driver.API_S", 30.0)  # a busy machine may pause
    monkeypatch.setattr("xlvla_ability.emulator.QUIET_S", 30.0)
    with AbilityEmulator(RIGHT, "serial", timed=False) as emulator:
        options = {"timeout": "0.5", "reply": reply}
        with AbilityDriver(RIGHT, Address("serial", emulator.address.place, options)) as driver:
            emulator.joints.speed[:] = COUNTS_A_DEGREE  # a degree a second
            driver.command(RIGHT.posture("fist"))
            emulator.joints.record = JointRecord()
            yield emulator, SafeDriver(driver, lambda: clock[0], thresholds=thresholds)


def wait_for_readings(safe: SafeDriver) -> None:
    """Reads until a reading is one that was asked for, not the last command's answer."""
    for _ in range(2):
        safe.read()


@pytest.mark.parametrize(
    ("motor", "joint", "ampere"), [(MIDDLE, "middle_q1", 2.0), (ROTATOR, "thumb_q1", -2.0)]
)
def test_too_much_current_either_way_holds(
    monkeypatch: pytest.MonkeyPatch, motor: int, joint: str, ampere: float
):
    clock = [0.0]
    with under_way(monkeypatch, clock, Thresholds(current=1.5)) as (emulator, safe):
        emulator.firmware.load[motor] = ampere
        wait_for_readings(safe)
        clock[0] += 0.5
        said = rf"ability:right: the current of '{joint}' is (2\.\d+|2) A, above its threshold of 1.5 A. The dev"
        with pytest.raises(DriverError, match=said):
            safe.read()
        assert emulator.joints.record is not None
        _, target, stood = emulator.joints.record.told[-1]
        assert np.abs(target - stood).max() < COUNTS_A_DEGREE


def test_no_threshold_is_made_up(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    with under_way(monkeypatch, clock) as (emulator, safe):
        emulator.firmware.load[MIDDLE] = 9.0
        for _ in range(4):
            wait_for_readings(safe)
            clock[0] += 0.5
        assert not emulator.joints.record.told  # pyright: ignore[reportOptionalMemberAccess]


def test_a_threshold_on_currents_that_are_not_asked_for_holds(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    with under_way(monkeypatch, clock, Thresholds(current=1.5), reply="2") as (_, safe):
        safe.read()
        clock[0] += 1.1
        with pytest.raises(DriverError, match="set for its current, which it does not measure"):
            safe.read()
