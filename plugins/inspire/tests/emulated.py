"""Emulated hands on every wire, and drivers opened on them."""

from __future__ import annotations

import time

import pytest
from xlvla_inspire import hand
from xlvla_inspire.driver import InspireDriver
from xlvla_inspire.emulator import InspireEmulator
from xlvla_inspire.tactile_hand import tactile_hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.testing import Faults

WIRES = ("serial", "modbus-rtu", "modbus-tcp")
RIGHT, LEFT, TACTILE = hand(Side.RIGHT), hand(Side.LEFT), tactile_hand(Side.LEFT)
every_wire = pytest.mark.parametrize("wire", WIRES)
every_device = pytest.mark.parametrize("spec", [RIGHT, LEFT, TACTILE], ids=lambda spec: spec.id)


def at(emulated: InspireEmulator, **options: str) -> Address:
    return Address(emulated.address.wire, emulated.address.place, {"timeout": "0.5", **options})


def driver_of(emulated: InspireEmulator, **options: str) -> InspireDriver:
    return InspireDriver(emulated.spec, at(emulated, **options))  # pyright: ignore[reportArgumentType]


def emulator(spec: HandSpec, wire: str, faults: Faults | None = None) -> InspireEmulator:
    return InspireEmulator(spec, wire, faults, timed=False)


def reach(emulated: InspireEmulator) -> None:
    """The motors' time passes, and nobody waits for it."""
    ahead_s = max(emulated.joints._time_s or 0.0, time.monotonic()) + 30.0
    emulated.joints.position(ahead_s)
