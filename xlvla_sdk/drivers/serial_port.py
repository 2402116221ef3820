"""SerialPort: the transport over a serial line, by pyserial."""

from __future__ import annotations

import os
from pathlib import Path

import serial

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.transport import Transport
from xlvla_sdk.errors import DriverError


class SerialPort(Transport):
    """A serial line, 8 data bits, no parity, one stop bit, held exclusively.

    Args:
        path: The port, such as /dev/ttyUSB0.
        baud: Bits a second.
        write_timeout_s: How long a write may take before the line counts as stuck [s]; a busy
            computer alone may take tenths of a second.
    """

    def __init__(self, path: str, baud: int, write_timeout_s: float = 1.0) -> None:
        self.path = path
        self.baud = baud
        self.name = Path(path).name
        self._write_timeout_s = write_timeout_s
        self._port: serial.Serial | None = None

    @staticmethod
    def at(address: Address, baud: int) -> SerialPort:
        """The port of an address, at its option `baud` or the baud rate given."""
        return SerialPort(address.place, address.integer("baud", baud))

    def open(self) -> None:
        """Opens the port; DriverError, saying how to mend it, when that fails."""
        if self._port is not None:
            return
        try:
            self._port = serial.Serial(
                self.path,
                self.baud,
                timeout=0.0,
                write_timeout=self._write_timeout_s,
                exclusive=True,
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise DriverError(f"{self.path}: {_why(self.path, error)}") from error

    def close(self) -> None:
        """Closes the port."""
        port, self._port = self._port, None
        if port is not None:
            try:
                port.close()
            except (serial.SerialException, OSError):
                return  # an unplugged port is closed already

    def write(self, data: bytes) -> None:
        """Sends bytes; DriverError when the port is closed, gone, or does not take them."""
        try:
            self._open_port().write(data)
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from error

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; DriverError when the port is closed or gone."""
        port = self._open_port()
        try:
            if port.timeout != timeout_s:
                port.timeout = timeout_s
            first = port.read(1)
            return first + port.read(port.in_waiting) if first else b""
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed meanwhile
            raise self._lost(error) from error

    def _open_port(self) -> serial.Serial:
        if self._port is None:
            raise DriverError(f"{self.name} is not open. Use the driver in a `with` block.")
        return self._port

    def _lost(self, error: Exception) -> DriverError:
        return DriverError(
            f"{self.name}: the line is gone ({error}). Check the cable and the device's power."
        )


def _why(path: str, error: Exception) -> str:
    if not Path(path).exists():
        return "there is no such port. `xlvla scan` lists those that there are."
    if not os.access(path, os.R_OK | os.W_OK):
        return "you may not open this port. Add yourself to the group that owns it (dialout)."
    if "exclusively lock" in str(error) or "temporarily unavailable" in str(error):
        return "another program has this port open. End it first."
    return f"it cannot be opened as a serial port ({error})."
