"""ReportLine: the control box's report port, read without waiting and without a thread."""

from __future__ import annotations

import select
import socket
import time

from xlvla_sdk.errors import DriverError
from xlvla_xarm.report import Report, ReportParser

CONNECT_S = 1.0
"""How long a connection may take [s]."""
OLD_S = 1.0
"""A report older than this is none [s]: five are missing then."""
LARGEST_READ = 65536


class ReportLine:
    """A connection that only listens.

    Args:
        host: The control box.
        port: Its report port, 30002.
    """

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._line: socket.socket | None = None
        self._parser = ReportParser()
        self._newest: Report | None = None
        self._heard_s = 0.0

    def open(self) -> None:
        """Connects and waits for the first report; DriverError when there is none."""
        try:
            self._line = socket.create_connection(self._place, CONNECT_S)
        except OSError as error:
            raise self._silent(str(error)) from error
        self._line.setblocking(False)
        until = time.monotonic() + CONNECT_S
        while self.newest() is None:
            left = until - time.monotonic()
            if left <= 0.0 or self._line is None:
                raise self._silent(f"no report in {CONNECT_S:g} s")
            select.select([self._line], [], [], left)

    def close(self) -> None:
        """Lets go. Never raises, may be called twice."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def newest(self) -> Report | None:
        """The newest report that has arrived, unless it is old; never waits."""
        if self._line is not None:
            self._hear(self._line)
        fresh = time.monotonic() - self._heard_s <= OLD_S
        return self._newest if fresh else None

    def _hear(self, line: socket.socket) -> None:
        try:
            data = line.recv(LARGEST_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
        elif (report := self._parser.feed(data)) is not None:
            self._newest, self._heard_s = report, time.monotonic()

    def _silent(self, why: str) -> DriverError:
        host, port = self._place
        return DriverError(
            f"the xArm control box at {host} does not report on port {port} ({why}). Check that "
            "no firewall is between; the option report=0 does without temperatures and currents."
        )
