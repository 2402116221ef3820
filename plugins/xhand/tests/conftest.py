"""What this plugin's tests share: the emulated hand, a driver on it, and a clock that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from xlvla_xhand import hand
from xlvla_xhand.driver import XHandDriver
from xlvla_xhand.emulator import XHandEmulator

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address


class Clock:
    """The time, as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def right() -> HandSpec:
    return hand(Side.RIGHT)


@pytest.fixture
def emulator(right: HandSpec) -> Iterator[XHandEmulator]:
    """A right hand on a serial port that spends no time."""
    with XHandEmulator(right, "serial", timed=False) as played:
        played.firmware.boot_s = 0.0
        yield played


@pytest.fixture
def opened(emulator: XHandEmulator, right: HandSpec) -> Iterator[Callable[..., XHandDriver]]:
    """Opens a driver on the emulated hand, with options; closes it after the test."""
    with ExitStack() as stack:

        def open_driver(**options: str) -> XHandDriver:
            address = emulator.address
            given = {"timeout": "0.1", **address.options, **options}
            driver = XHandDriver(right, Address(address.wire, address.place, given))
            driver.open()
            stack.callback(driver.close)
            return driver

        yield open_driver
