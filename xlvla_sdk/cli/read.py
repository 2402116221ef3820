"""`xlvla read`: what a device measures, live."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.hardware import AddressOf, DeviceName, Places, SdkPython, StationFile, driver_of
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.cli.readings import reading_json, reading_line, reading_table

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Driver


def read(
    device: DeviceName,
    address: AddressOf = None,
    station: StationFile = None,
    sdk_python: SdkPython = None,
    rate: Annotated[float, typer.Option(min=0.1, metavar="HZ", help="Readings a second.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Read once, and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say the same for programs, a line a reading.")
    ] = False,
) -> None:
    """Read a device, again and again.

    A live table on a terminal, a line a reading elsewhere. Sends no command: the device stays as
    it stands, also on the way out.

    \b
    Examples:
      xlvla read inspire:right --address modbus-tcp://192.168.11.210:6000
      xlvla read xhand:right --station lab.toml --once
      xlvla read ability:left --address serial:/dev/ttyUSB0 --rate 50 --json
    """
    driver = driver_of(device, Places(address, station, sdk_python))
    try:
        driver.open()
        _identify(driver)
        _follow(driver, rate, once, as_json)
    finally:
        driver.close()


def _identify(driver: Driver) -> None:
    who = driver.identity()
    said = [f"{key} {value}" for key, value in vars(who).items() if value is not None]
    note(f"{driver.spec.id} at {driver.address}: {', '.join(said) or 'says nothing of itself'}")


def _follow(driver: Driver, rate: float, once: bool, as_json: bool) -> None:
    from xlvla_sdk.policy import WallClock
    from xlvla_sdk.policy.pace import Pace

    clock = WallClock()
    pace, begin_s, above = Pace(clock, 1.0 / rate), clock.now(), 0
    while True:
        state, time_s = driver.read(), clock.now() - begin_s
        if as_json:
            say(reading_json(driver.spec, state, time_s))
        elif once:
            say(reading_table(driver.spec, state))
        elif sys.stdout.isatty():
            table = reading_table(driver.spec, state)
            say((f"\x1b[{above}A\x1b[J" if above else "") + table)
            above = table.count("\n") + 1
        else:
            say(reading_line(driver.spec, state, time_s))
        if once:
            return
        pace.next()
