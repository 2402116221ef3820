"""An emulated DexH13 without the wire's time, and drivers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from xlvla_paxini import hand
from xlvla_paxini.driver import PaxiniDriver
from xlvla_paxini.emulator import PaxiniEmulator

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.testing import Faults

RIGHT = hand(Side.RIGHT)
Make = Callable[..., PaxiniDriver]
Settled = Callable[[PaxiniDriver], np.ndarray]


@pytest.fixture
def faults() -> Faults:
    """The emulated line's."""
    return Faults()


@pytest.fixture
def emulator(faults: Faults) -> Iterator[PaxiniEmulator]:
    with PaxiniEmulator(RIGHT, "sdk", faults, timed=False) as emulator:
        yield emulator


@pytest.fixture
def make(emulator: PaxiniEmulator) -> Make:
    """Makes drivers of the emulated hand, with options of its address."""

    def made(spec: HandSpec = RIGHT, **options: str) -> PaxiniDriver:
        address = emulator.address
        return PaxiniDriver(spec, replace(address, options={**address.options, **options}))

    return made


@pytest.fixture
def opened(make: Make) -> Iterator[PaxiniDriver]:
    with make() as driver:
        yield driver


@pytest.fixture
def settled() -> Settled:
    """Reads until the joints stand; each reading takes a while of the emulator's time."""

    def read(driver: PaxiniDriver) -> np.ndarray:
        before = driver.read().qpos
        for _ in range(2000):
            now = driver.read().qpos
            if np.abs(now - before).max() < 1e-7:
                return now
            before = now
        raise AssertionError("the joints do not come to rest")

    return read
