"""ControllerWire: an emulated control box on loopback TCP, with a command port and a report port."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time

from xlvla_sdk.testing import Faults, Wire
from xlvla_xarm.firmware import XArmFirmware

HOST = "127.0.0.1"
LARGEST_READ = 4096
SEND_S = 0.5
"""A client that takes nothing for this long is let go [s]."""


class ControllerWire(Wire):
    """Two listening ports, free ones, that stay the same when the cable is pulled and put back.

    Args:
        firmware: The controller.
        faults: What goes wrong with what it answers; its reports come whole, unless it is silent:
            they come by the clock, and would make chances depend on it.
        timed: Whether the controller's own time is spent.
        report_hz: How often it reports; 5 on the rich port (vendor, `doc/api/xarm_api.md`).
    """

    def __init__(
        self,
        firmware: XArmFirmware,
        faults: Faults | None = None,
        timed: bool = True,
        report_hz: float = 5.0,
    ) -> None:
        super().__init__(firmware, faults, timed)
        self._controller = firmware
        self._report_s = 1.0 / report_hz
        self._ports = [0, 0]  # commands, reports
        self._listeners: list[socket.socket] = []
        self._clients: dict[socket.socket, bool] = {}  # whether it listens to reports
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None
        self._next_report_s = 0.0

    @property
    def place(self) -> str:
        """Host and command port."""
        return f"{HOST}:{self._ports[0]}"

    @property
    def report_port(self) -> int:
        """The port that reports."""
        return self._ports[1]

    def open(self) -> None:
        """Makes the ports and serves them."""
        self.plug()

    def close(self) -> None:
        """Closes the ports and every connection."""
        self.unplug()
        self._drop()

    def plug(self) -> None:
        """Serves the ports; connections from before the cable was pulled are gone."""
        assert self._thread is None, "it is plugged in already"
        self._drop()
        for index, port in enumerate(self._ports):
            listener = socket.create_server((HOST, port))
            listener.setblocking(False)
            self._ports[index] = listener.getsockname()[1]
            self._listeners.append(listener)
        self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pulls the cable: open connections fall silent, new ones are refused."""
        if self._thread is None or self._wake is None:
            return
        self._wake[0].send(b".")
        self._thread.join()
        for ending in (*self._listeners, *self._wake):
            ending.close()
        self._listeners.clear()
        self._wake = self._thread = None

    def hang_up(self) -> None:
        """Closes every connection and goes on listening, as a controller that restarts its server."""
        self.unplug()
        self.plug()

    def _drop(self) -> None:
        for client in list(self._clients):
            self._forget(client)

    def _serve(self) -> None:
        assert self._wake is not None
        with selectors.DefaultSelector() as selector:
            for ending in (*self._listeners, self._wake[1]):
                selector.register(ending, selectors.EVENT_READ)
            while True:
                left = max(0.0, self._next_report_s - time.monotonic())
                ready = [key.fileobj for key, _ in selector.select(left)]
                if self._wake[1] in ready:
                    return
                for ending in ready:
                    assert isinstance(ending, socket.socket)
                    self._accept(ending, selector) if ending in self._listeners else self._hear(
                        ending, selector
                    )
                self._report()

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        client, _ = listener.accept()
        client.settimeout(SEND_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reports = listener is self._listeners[1]
        self._clients[client] = reports
        selector.register(client, selectors.EVENT_READ)
        if reports:
            self._next_report_s = 0.0

    def _hear(self, client: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            data = client.recv(LARGEST_READ)
        except OSError:
            data = b""
        if not data:
            selector.unregister(client)
            self._forget(client)
            return
        self.received += len(data)
        if self._clients[client]:
            return  # the report ports listen to nothing
        for made_s, frame in self._controller.receive(data, time.monotonic(), client.fileno()):
            if self.timed:
                time.sleep(made_s)
            for wait_s, piece in self.faults.spoil(frame):
                time.sleep(wait_s)
                self._send(client, piece)

    def _report(self) -> None:
        now = time.monotonic()
        if now < self._next_report_s:
            return
        self._next_report_s = now + self._report_s
        if self.faults.silent:
            return
        for client in [client for client, reports in self._clients.items() if reports]:
            self._send(client, self._controller.report(now))

    def _send(self, client: socket.socket, data: bytes) -> None:
        self.sent += len(data)  # before: whoever has read it may ask how much was sent
        with contextlib.suppress(OSError):  # a client that is gone is noticed when it is read
            client.sendall(data)

    def _forget(self, client: socket.socket) -> None:
        self._clients.pop(client, None)
        self._controller.leave(client.fileno())
        client.close()
