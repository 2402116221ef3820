"""A motor that draws too much or gets too hot: the emulated hand holds, and the error says which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from xlvla_inspire import hand
from xlvla_inspire.driver import InspireDriver
from xlvla_inspire.emulator import InspireEmulator
from xlvla_inspire.tactile_hand import tactile_hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address, SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import JointRecord

RIGHT, TACTILE = hand(Side.RIGHT), tactile_hand(Side.RIGHT)
MIDDLE = 2  # in the hand's order, and in the spec's from its end


@contextmanager
def under_way(
    spec: HandSpec, clock: list[float], thresholds: Thresholds | None = None
) -> Iterator[tuple[InspireEmulator, SafeDriver]]:
    """A hand that creeps from half open towards its fist, and the checked driver that sent it there."""
    with InspireEmulator(spec, "serial", timed=False) as emulator:
        at = Address(emulator.address.wire, emulator.address.place, {"timeout": "0.5"})
        with InspireDriver(spec, at) as driver:
            driver.command(spec.posture("fist"))
            emulator.joints.speed[:] = 1.0  # [counts/s]
            emulator.joints.record = JointRecord()
            yield emulator, SafeDriver(driver, lambda: clock[0], thresholds=thresholds)


def assert_holds(emulator: InspireEmulator) -> None:
    assert emulator.joints.record is not None
    _, target, stood = emulator.joints.record.told[-1]
    assert np.abs(target - stood).max() <= 1.0  # a count


def test_more_current_than_the_maker_lets_be_set_holds():
    clock = [0.0]
    with under_way(RIGHT, clock) as (emulator, safe):
        emulator.hand.load[MIDDLE] = 1450  # [mA], and 300 because it moves
        safe.read()
        clock[0] += 0.5
        said = (
            r"inspire:right: the current of 'middle_proximal_joint' is 1.75 A, above its "
            r"threshold of 1.5 A. The device holds"
        )
        with pytest.raises(DriverError, match=said):
            safe.read()
        assert_holds(emulator)


def test_a_current_that_may_be_set_goes_on():
    clock = [0.0]
    with under_way(RIGHT, clock) as (emulator, safe):
        emulator.hand.load[MIDDLE] = 1150
        for _ in range(4):
            assert safe.read().current.max() == pytest.approx(1.45)  # pyright: ignore[reportOptionalMemberAccess]
            clock[0] += 0.5
        assert not emulator.joints.record.told  # pyright: ignore[reportOptionalMemberAccess]


def test_the_tactile_hand_has_the_thresholds_that_are_given_only():
    clock = [0.0]
    with under_way(TACTILE, clock) as (emulator, safe):
        emulator.hand.load[MIDDLE] = 1700
        for _ in range(4):
            safe.read()
            clock[0] += 0.5
        assert not emulator.joints.record.told  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("spec", [RIGHT, TACTILE], ids=lambda spec: spec.id)
def test_a_motor_above_a_given_temperature_holds_at_once(spec: HandSpec):
    with under_way(spec, [0.0], Thresholds(temperature=60.0)) as (emulator, safe):
        safe.read()
        emulator.hand.temperatures[MIDDLE] = 66
        said = rf"temperature of '{spec.joints[5 - MIDDLE]}' is 66 deg C, above its threshold of 60 deg"
        with pytest.raises(DriverError, match=said):
            safe.read()
        assert_holds(emulator)
