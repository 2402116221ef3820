"""Scanning: which device answers at an address, asked without moving anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.driver import Driver, Identity
from xlvla_sdk.errors import XlvlaError

PORT_WIRES = ("serial", "modbus-rtu")
"""Wires whose place is a serial port."""


@dataclass(frozen=True)
class Candidate:
    """A device that may be somewhere.

    Attributes:
        device: Its id.
        wire: The wire it would be found on.
        make: Gives its driver at an address.
        usual: Where the maker's devices stand as they are delivered.
        bauds: Rates of a serial line at which it is asked, besides the one that it is delivered with.
    """

    device: str
    wire: str
    make: Callable[[Address], Driver]
    usual: Sequence[str] = ()
    bauds: Sequence[int] = ()


@dataclass(frozen=True)
class Probe:
    """What came of asking one place for one device.

    Attributes:
        device: The device's id.
        address: Where it was asked.
        identity: Who answered; None when nobody did, or another.
        refused: Why not, when nobody did.
    """

    device: str
    address: Address
    identity: Identity | None = None
    refused: str = ""


def scan(
    candidates: Iterable[Candidate], ports: Sequence[str], places: Sequence[str] = ()
) -> Iterator[Probe]:
    """Asks every place for every device that could be there: opens, reads once, closes.

    Args:
        candidates: The devices.
        ports: Serial ports.
        places: Further addresses, each asked on its own wire.
    """
    named = [Address.parse(place) for place in places]
    for candidate in candidates:
        on_ports = [
            address
            for port in (ports if candidate.wire in PORT_WIRES else ())
            for address in _at_every_rate(Address(candidate.wire, port), candidate.bauds)
        ]
        usual = [Address.parse(place) for place in candidate.usual]
        asked = dict.fromkeys(
            str(address)
            for address in (*on_ports, *usual, *named)
            if address.wire == candidate.wire
        )
        for address in asked:
            yield probe(candidate, Address.parse(address))


def _at_every_rate(address: Address, bauds: Sequence[int]) -> list[Address]:
    return [address, *(address.having("baud", str(baud)) for baud in bauds)]


def probe(candidate: Candidate, address: Address) -> Probe:
    """Asks one place for one device."""
    try:
        driver = candidate.make(address)
        try:
            driver.open()
            driver.read()
            return Probe(candidate.device, address, driver.identity())
        finally:
            driver.close()
    except XlvlaError as error:
        return Probe(candidate.device, address, refused=error.message)
