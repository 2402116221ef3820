"""`xlvla scan`: which ports and places answer, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, note, say, say_json
from xlvla_sdk.errors import PluginError

if TYPE_CHECKING:
    from xlvla_sdk.drivers.scanning import Candidate, Probe


def scan(
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="A place to ask beside the usual ones; several times."
        ),
    ] = None,
    all_bauds: Annotated[
        bool,
        typer.Option("--all-bauds", help="Every rate that a device can be set to; takes longer."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Also say who did not answer where, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look for devices on this computer's ports.

    Asks every serial port, and the addresses that devices are delivered with, for every installed
    device, at the baud rates they are delivered with. Nothing is moved. Other programs must have left the ports.

    \b
    Examples:
      xlvla scan
      xlvla scan --all-bauds
      xlvla scan --address tcp://192.168.1.200 --verbose
    """
    from xlvla_sdk.drivers import scanning
    from xlvla_sdk.drivers.ports import serial_ports

    ports = serial_ports()
    for port in ports:
        note(f"{port.path}: {port.what}")
    if not ports:
        note("there is no serial port with a device behind it.")
    probes = scanning.scan(_candidates(all_bauds), [port.path for port in ports], address or ())
    found = [probe for probe in _said(probes, verbose) if probe.identity is not None]
    if as_json:
        say_json([_facts(probe) for probe in found])
    elif found:
        rows = [tuple(value or "-" for value in _facts(probe).values()) for probe in found]
        say(columns([("ADDRESS", "ANSWERS AS", "MODEL", "SIDE", "SERIAL", "FIRMWARE"), *rows]))
    else:
        say("nobody answered")


def _candidates(all_bauds: bool) -> Iterator[Candidate]:
    from xlvla_sdk.drivers.scanning import Candidate
    from xlvla_sdk.registry import registry

    for device in registry().devices.values():
        for wire in device.drivers:
            try:
                driver = device.load("driver", wire)
            except PluginError as error:
                note(error.message)
                continue
            bauds = driver.bauds[1:] if all_bauds else ()
            yield Candidate(device.spec.id, wire, device.driver, driver.usual_places, bauds)


def _said(probes: Iterator[Probe], verbose: bool) -> Iterator[Probe]:
    for probe in probes:
        if verbose and probe.identity is None:
            note(f"{probe.address}: no {probe.device} ({probe.refused})")
        yield probe


def _facts(probe: Probe) -> dict[str, str | None]:
    assert probe.identity is not None
    return {"address": str(probe.address), "device": probe.device, **vars(probe.identity)}
