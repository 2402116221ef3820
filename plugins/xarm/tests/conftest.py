"""An arm, and an emulated control box that it hangs on; nothing takes its time but the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from xlvla_xarm import arm
from xlvla_xarm.driver import XArm7Driver
from xlvla_xarm.emulator import XArm7Emulator

from xlvla_sdk import ArmSpec
from xlvla_sdk.drivers import Address


@pytest.fixture
def spec() -> ArmSpec:
    return arm()


@pytest.fixture
def emulator(spec: ArmSpec) -> Iterator[XArm7Emulator]:
    with XArm7Emulator(spec, "tcp", timed=False) as emulator:
        yield emulator


@pytest.fixture
def make_driver(spec: ArmSpec, emulator: XArm7Emulator) -> Iterator[type]:
    """Makes drivers of the emulated arm, with further options; closes them afterwards."""
    made: list[XArm7Driver] = []

    def make(**options: object) -> XArm7Driver:
        given = {**emulator.address.options, **{k: str(v) for k, v in options.items()}}
        address: Address = replace(emulator.address, options=given)
        made.append(XArm7Driver(spec, address))
        return made[-1]

    yield make  # pyright: ignore[reportReturnType]
    for driver in made:
        driver.close()


@pytest.fixture
def driver(make_driver: type) -> XArm7Driver:
    """A driver that is open."""
    made = make_driver()
    made.open()
    return made
