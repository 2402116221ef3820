"""Options of the verbs that speak to a device, and the drivers that they name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.errors import DriverError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Driver
    from xlvla_sdk.drivers.thresholds import Thresholds
    from xlvla_sdk.specs import Embodiment, Station

DeviceName = Annotated[str, typer.Argument(help="As `xlvla devices` lists it.")]
AddressOf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[DEVICE=]ADDRESS",
        help="Where a device is, as in serial:/dev/ttyUSB0?baud=115200 or "
        "inspire:right=modbus-tcp://192.168.11.210:6000; once a device.",
    ),
]
StationFile = Annotated[
    Path | None,
    typer.Option(
        "--station",
        metavar="FILE",
        help="TOML: places, addresses, calibrations; --address goes before.",
    ),
]
SdkPython = Annotated[
    str | None,
    typer.Option(
        metavar="PYTHON", help="For wire sdk: the interpreter that has the maker's own package."
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        metavar="PART",
        help="Part of the velocity limits; 0.3 on hardware, 1 simulated, if left out.",
    ),
]
MaxCurrent = Annotated[
    float | None,
    typer.Option(metavar="A", help="Hold when a motor draws more for half a second."),
]
MaxTemperature = Annotated[
    float | None, typer.Option(metavar="C", help="Hold when a motor is hotter.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before something real moves.")]


def station_of(path: Path | None) -> Station:
    """The station of a file, its devices known; an empty one without a file."""
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs import Side, Station

    station = Station() if path is None else Station.load(path)
    placed = (key for key in station.task_base if key not in tuple(Side))
    for device in (*station.addresses, *station.calibration, *placed, *station.mounts):
        registry().embodiment(device)
    return station


@dataclass(frozen=True)
class Places:
    """Where devices are, as the options say."""

    address: Sequence[str] | None = None
    station: Path | None = None
    sdk_python: str | None = None


def drivers_of(body: Embodiment, places: Places) -> list[Driver]:
    """The drivers of a body's devices, calibrated, not opened; DriverError without an address."""
    from xlvla_sdk.drivers.calibrated import CalibratedDriver
    from xlvla_sdk.registry import registry

    lab = station_of(places.station)
    drivers = registry().drivers(body, places.address or (), lab.addresses, places.sdk_python)
    return [CalibratedDriver(driver, lab.calibration.get(driver.spec.id, {})) for driver in drivers]


def driver_of(device: str, places: Places) -> Driver:
    """The driver of one device, calibrated, not opened."""
    from xlvla_sdk.registry import registry

    registry().device(device)  # a body of several is refused here
    return drivers_of(registry().embodiment(device), places)[0]


def thresholds_of(current: float | None, temperature: float | None) -> Thresholds:
    """What the options say."""
    from xlvla_sdk.drivers.thresholds import Thresholds

    return Thresholds(current, temperature)


def agree(drivers: list[Driver], speed: float | None, yes: bool) -> None:
    """Asks before something real moves.

    Raises:
        DriverError: The answer is no, or nobody is there to be asked.
    """
    from xlvla_sdk.drivers.safe import HARDWARE_SPEED

    real = [driver for driver in drivers if not driver.simulated]
    if yes or not real:
        return
    which = " and ".join(f"{driver.spec.id} at {driver.address}" for driver in real)
    part = HARDWARE_SPEED if speed is None else speed
    if not asked(f"{which} will move, at {part:g} of its speed limits. Is the way free?"):
        raise DriverError(f"{which}: nothing was moved.")


def asked(question: str) -> bool:
    """Asks at the terminal; DriverError when there is none."""
    if not sys.stdin.isatty():
        raise DriverError(f'nobody can be asked here: "{question}" Give --yes to go on unasked.')
    return typer.confirm(question, err=True)
