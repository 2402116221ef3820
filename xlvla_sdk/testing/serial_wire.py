"""SerialWire: an emulated device behind a pseudo-terminal, which drivers open as a serial port."""

from __future__ import annotations

import os
import select
import tempfile
import termios
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path

from xlvla_sdk.testing.emulator import Firmware
from xlvla_sdk.testing.faults import Faults
from xlvla_sdk.testing.wire import Wire

BITS = 10
"""On the line for a byte: start, eight data bits, stop."""
LARGEST_READ = 4096


class SerialWire(Wire):
    """A pseudo-terminal at a path that stays the same when it is unplugged and put back.

    Args:
        firmware: The device.
        baud: Bits a second: how long a byte takes. Whoever opens the port at another rate is not
            understood.
        faults: What goes wrong.
        timed: Whether that time is spent.
    """

    def __init__(
        self, firmware: Firmware, baud: int, faults: Faults | None = None, timed: bool = True
    ) -> None:
        super().__init__(firmware, faults, timed)
        self._byte_s = BITS / baud
        self._speed = getattr(termios, f"B{baud}", None)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ends: tuple[int, int] | None = None
        self._wake: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None
        self._until_s = 0.0  # when the line is free again

    @property
    def place(self) -> str:
        """The port's path; it is there while the wire is open and plugged in."""
        assert self._folder is not None, "the wire is not open"
        return str(Path(self._folder.name) / "port")

    def open(self) -> None:
        """Makes the port and serves it."""
        self._folder = tempfile.TemporaryDirectory(prefix="xlvla-")
        self.plug()

    def close(self) -> None:
        """Takes the port away."""
        self.unplug()
        if self._folder is not None:
            self._folder.cleanup()

    def plug(self) -> None:
        """Makes the port at the same path."""
        assert self._ends is None, "it is plugged in already"
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        os.set_blocking(self._ends[0], False)
        Path(self.place).symlink_to(os.ttyname(self._ends[1]))
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Takes the port away: whoever has it open reads an error."""
        if self._ends is None or self._wake is None or self._thread is None:
            return
        os.write(self._wake[1], b".")
        self._thread.join()
        for end in (*self._ends, *self._wake):
            os.close(end)
        self._ends = self._wake = self._thread = None
        Path(self.place).unlink()

    def _serve(self) -> None:
        assert self._ends is not None
        assert self._wake is not None
        master, wake = self._ends[0], self._wake[0]
        while True:
            readable, _, _ = select.select([master, wake], [], [])
            if wake in readable:
                return
            data = os.read(master, LARGEST_READ)
            self.received += len(data)
            self._until_s = max(self._until_s, time.monotonic())
            self._pass(len(data) * self._byte_s)
            if self._speed not in (None, termios.tcgetattr(master)[5]):
                data = bytes(byte ^ 0x5A for byte in data)
            for made_s, frame in self.firmware.receive(data, time.monotonic()):
                self._pass(made_s)
                self._answer(master, frame)

    def _answer(self, master: int, frame: bytes) -> None:
        for wait_s, piece in self.faults.spoil(frame):
            time.sleep(wait_s)
            self._until_s += wait_s
            self._pass(len(piece) * self._byte_s)
            self.sent += len(piece)  # before: whoever has read it may ask how much was sent
            with suppress(BlockingIOError):  # nobody reads: a real line loses bytes, too
                os.write(master, piece)

    def _pass(self, seconds: float) -> None:
        """Waits for a moment, not for a while: what one wait is late the next makes up for."""
        if not self.timed:
            return
        self._until_s += seconds
        time.sleep(max(0.0, self._until_s - time.monotonic()))
