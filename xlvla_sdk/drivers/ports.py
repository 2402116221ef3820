"""The serial ports of this computer."""

from __future__ import annotations

from dataclasses import dataclass

from serial.tools import list_ports


@dataclass(frozen=True)
class Port:
    """A serial port.

    Attributes:
        path: What to open, `/dev/ttyUSB0`.
        what: What the system says of the adapter.
    """

    path: str
    what: str


def serial_ports() -> list[Port]:
    """Every serial port with a device behind it; ports built into the board are left out."""
    found = [port for port in list_ports.comports() if port.vid is not None]
    return sorted((Port(port.device, port.description) for port in found), key=lambda p: p.path)
