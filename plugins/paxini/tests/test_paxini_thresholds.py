"""A motor that draws more than its user allows: the emulated hand holds, and the error says which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from xlvla_paxini import hand
from xlvla_paxini.driver import PaxiniDriver

from xlvla_sdk import Side
from xlvla_sdk.drivers import SafeDriver, Thresholds
from xlvla_sdk.errors import DriverError

RIGHT = hand(Side.RIGHT)


def bent(part: float) -> np.ndarray:
    lower, upper = RIGHT.limits
    return lower + part * (upper - lower)


def test_a_stuck_motor_draws_too_much_and_the_hand_lets_be(emulator, opened, settled):
    emulator.joints.stuck.add(1)
    opened.command(bent(0.6))
    settled(opened)
    clock = [0.0]
    safe = SafeDriver(opened, lambda: clock[0], thresholds=Thresholds(current=0.5))
    safe.read()
    clock[0] += 0.5
    said = (
        r"paxini:right: the current of 'right_index_joint_1' is 0\.\d+ A, above its threshold of "
        r"0.5 A. The device holds"
    )
    with pytest.raises(DriverError, match=said):
        safe.read()
    assert opened.read().current.max() < 0.1  # held where it stands, it no longer pushes


def test_no_threshold_is_made_up(emulator, opened, settled):
    emulator.joints.stuck.add(1)
    opened.command(bent(0.6))
    settled(opened)
    clock = [0.0]
    safe = SafeDriver(opened, lambda: clock[0])
    for _ in range(4):
        current = safe.read().current
        assert current is not None
        assert current[1] > 0.5
        clock[0] += 0.5


def test_without_the_unit_a_threshold_of_currents_is_no_silent_promise(emulator):
    address = emulator.address
    options = {name: value for name, value in address.options.items() if name != "ampere"}
    with PaxiniDriver(RIGHT, replace(address, options=options)) as driver:
        clock = [0.0]
        safe = SafeDriver(driver, lambda: clock[0], thresholds=Thresholds(current=0.5))
        assert safe.read().current is None
        clock[0] += 1.1
        with pytest.raises(DriverError, match="set for its current, which it does not measure"):
            safe.read()
