"""TcpLine: the transport over a TCP connection."""

from __future__ import annotations

import select
import socket
import time

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.transport import Transport
from xlvla_sdk.errors import DriverError

LARGEST_READ = 4096
LEAVING_S = 0.5
"""A device may take so long to notice that a line was closed, and refuse the same line meanwhile [s]."""
AGAIN_S = 0.005
"""Between two tries meanwhile [s]."""


class TcpLine(Transport):
    """A connection to a device on the network; bytes leave at once (no Nagle).

    Args:
        host: Name or number of the device.
        port: Its port.
        open_timeout_s: How long opening may take, with every try [s].
        pause_s: How long the device wants to be left alone after a connection [s]: a device that
            refuses is asked again after this, and this line does not come back sooner. With none, a
            device that this line has just left is asked again while it may not have noticed.
        write_timeout_s: How long a write may take before the line counts as stuck [s].
    """

    def __init__(
        self,
        host: str,
        port: int,
        open_timeout_s: float = 2.0,
        pause_s: float = 0.0,
        write_timeout_s: float = 0.2,
    ) -> None:
        self.host = host
        self.port = port
        self.name = f"{host}:{port}"
        self._open_timeout_s = open_timeout_s
        self._pause_s = pause_s
        self._write_timeout_s = write_timeout_s
        self._socket: socket.socket | None = None
        self._rests_until = 0.0
        self._leaves_until = 0.0

    @staticmethod
    def at(address: Address, port: int, pause_s: float = 0.0) -> TcpLine:
        """The line to an address, at its port or the one given."""
        return TcpLine(address.host, address.port(port), pause_s=pause_s)

    def open(self) -> None:
        """Connects; DriverError, saying how to mend it, when that fails."""
        if self._socket is not None:
            return
        deadline = time.monotonic() + self._open_timeout_s
        self._rest()
        while True:
            try:
                self._socket = self._connect(deadline)
                return
            except ConnectionRefusedError as error:
                pause_s = self._pause_s
                if not pause_s and time.monotonic() < self._leaves_until:
                    pause_s = AGAIN_S
                if not pause_s or time.monotonic() + pause_s >= deadline:
                    raise self._no_line(error) from error
                self._rests_until = time.monotonic() + pause_s
                self._rest()
            except (OSError, OverflowError) as error:
                raise self._no_line(error) from error

    def close(self) -> None:
        """Ends the connection."""
        line, self._socket = self._socket, None
        if line is not None:
            line.close()
            self._rests_until = time.monotonic() + self._pause_s
            self._leaves_until = time.monotonic() + LEAVING_S

    def write(self, data: bytes) -> None:
        """Sends bytes; DriverError when the connection is closed, gone, or does not take them."""
        try:
            line = self._open_socket()
            line.settimeout(self._write_timeout_s)
            line.sendall(data)
        except OSError as error:
            raise self._lost(error) from error

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; DriverError when the connection is closed or gone."""
        line = self._open_socket()
        try:
            readable, _, _ = select.select([line], [], [], max(0.0, timeout_s))
            if not readable:
                return b""
            data = line.recv(LARGEST_READ)
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile
            raise self._lost(error) from error
        if not data:
            raise self._lost("the device ended the connection")
        return data

    def _connect(self, deadline: float) -> socket.socket:
        left_s = max(0.01, deadline - time.monotonic())
        line = socket.create_connection((self.host, self.port), timeout=left_s)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _rest(self) -> None:
        time.sleep(max(0.0, self._rests_until - time.monotonic()))

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise DriverError(f"{self.name} is not open. Use the driver in a `with` block.")
        return self._socket

    def _no_line(self, error: Exception) -> DriverError:
        return DriverError(f"{self.name}: {_why(error)}")

    def _lost(self, error: Exception | str) -> DriverError:
        return DriverError(
            f"{self.name}: the connection is gone ({error}). Check the cable and the device's power."
        )


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return (
            "the connection was refused. Check the port number, and that no other program talks to "
            "the device."
        )
    if isinstance(error, TimeoutError):
        return (
            "nobody answers. Check cable and power, and that this computer has an address in the "
            "device's network."
        )
    return f"it cannot be reached ({error}). Check the address."
