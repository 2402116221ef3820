"""`xlvla calibrate`: where a hand's joints count from, found while somebody looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli import hardware
from xlvla_sdk.cli.hardware import AddressOf, DeviceName, SdkPython
from xlvla_sdk.cli.output import columns, note, say

RATE_HZ = 50.0


def calibrate(
    device: DeviceName,
    station: Annotated[
        Path, typer.Option(metavar="FILE", help="Station file to save in; made if there is none.")
    ],
    address: AddressOf = None,
    sdk_python: SdkPython = None,
) -> None:
    """Find where a hand's joints count from, and which way.

    The hand opens, moves one joint after the other slowly to both its ends, and asks whether it
    closed; then it makes a fist and opens, by what it found. Saved under its serial number in the
    station file, which `read`, `move` and `run` are given.

    \b
    Examples:
      xlvla calibrate inspire:right --address serial:/dev/ttyUSB0 --station lab.toml
    """
    from xlvla_sdk.drivers import calibrating
    from xlvla_sdk.drivers.calibrated import serial_of
    from xlvla_sdk.policy import WallClock
    from xlvla_sdk.policy.pace import Pace
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs import save_calibration

    hand, clock = registry().hand(device), WallClock()
    known = hardware.station_of(station).addresses if station.exists() else {}
    body = registry().embodiment(device)
    (driver,) = registry().drivers(body, address or (), known, sdk_python)
    hardware.agree([driver], calibrating.SPEED, yes=False)
    with driver:
        pace = Pace(clock, 1.0 / RATE_HZ)
        guide = calibrating.Guide(hardware.asked, note, pace.next, clock.now)
        found, serial = calibrating.calibrate(driver, hand, guide), serial_of(driver)
    save_calibration(station, device, serial, found)
    rows: list[tuple[object, ...]] = [("JOINT", "SIGN", "OFFSET DEG", "REACHED RAD")]
    for joint, c in found.items():
        rows.append(
            (joint, c.sign, f"{c.offset * 57.29578:.1f}", f"{c.lower:.3f} to {c.upper:.3f}")
        )
    say(columns(rows, right=(1, 2)))
    note(f"{station}: holds the calibration of {device}, {serial}")
