"""TcpWire: an emulated device behind a TCP port of this machine."""

from __future__ import annotations

import os
import queue
import select
import socket
import struct
import threading
import time
from typing import TypeAlias

from xlvla_sdk.testing.emulator import Firmware
from xlvla_sdk.testing.faults import Faults
from xlvla_sdk.testing.wire import Wire

LARGEST_READ = 4096
LOOPBACK = "127.0.0.1"

Answers: TypeAlias = "queue.SimpleQueue[tuple[float, bytes] | None]"
"""Frames to send, each with the seconds it takes to make; None ends them."""


class TcpWire(Wire):
    """A port on the loopback address, free when opened and the same until closed.

    One connection at a time: others are refused while it lasts, as after it while the device rests.
    Every connection begins with `firmware.connected()`, where the firmware has that.

    Args:
        firmware: The device.
        faults: What goes wrong.
        timed: Whether the device's own time is spent; the network's is none.
        rest_s: How long after a connection's end the device refuses the next [s].
        port: The port; a free one for 0.
    """

    def __init__(
        self,
        firmware: Firmware,
        faults: Faults | None = None,
        timed: bool = True,
        rest_s: float = 0.0,
        port: int = 0,
    ) -> None:
        super().__init__(firmware, faults, timed)
        self._rest_s = rest_s
        self._port = port
        self._wake: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    @property
    def place(self) -> str:
        """Host and port."""
        assert self._port, "the wire is not open"
        return f"{LOOPBACK}:{self._port}"

    def open(self) -> None:
        """Takes a port and serves it."""
        self.plug()

    def close(self) -> None:
        """Gives the port back."""
        self.unplug()

    def plug(self) -> None:
        """Listens at the same port again."""
        assert self._thread is None, "it is plugged in already"
        listener = self._listener()
        self._port = listener.getsockname()[1]
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Resets the connection and listens no more."""
        if self._wake is None or self._thread is None:
            return
        os.write(self._wake[1], b".")
        self._thread.join()
        for end in self._wake:
            os.close(end)
        self._wake = self._thread = None

    def _listener(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self._port))
        listener.listen(1)
        return listener

    def _serve(self, listener: socket.socket) -> None:
        """Listens, speaks with one that came, rests, and listens again, until woken."""
        while True:
            with listener:
                if self._woken(listener, None):
                    return
                line, _ = listener.accept()
            with line:  # nobody listens meanwhile: whoever else comes is refused
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                woken = self._speak(line)
            if woken or self._woken(None, self._rest_s):
                return
            listener = self._listener()

    def _speak(self, line: socket.socket) -> bool:
        """Until the other end goes (False) or the wire ends (True)."""
        getattr(self.firmware, "connected", lambda: None)()
        answers: Answers = queue.SimpleQueue()
        answering = threading.Thread(target=self._answer, args=(line, answers), daemon=True)
        answering.start()
        try:
            while not self._woken(line, None):
                if not (data := self._heard(line)):
                    return False
                self.received += len(data)
                for answer in self.firmware.receive(data, time.monotonic()):
                    answers.put(answer)
            # A reset, not a farewell, as of a device that lost its power.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return True
        finally:
            answers.put(None)
            answering.join()

    def _heard(self, line: socket.socket) -> bytes:
        try:
            return line.recv(LARGEST_READ)
        except OSError:
            return b""

    def _answer(self, line: socket.socket, answers: Answers) -> None:
        """In a thread of its own: a question that comes while an answer is late is heard in time."""
        while (answer := answers.get()) is not None:
            made_s, frame = answer
            self._pass(made_s)
            for wait_s, piece in self.faults.spoil(frame):
                time.sleep(wait_s)
                self.sent += len(piece)  # before: whoever has read it may ask how much was sent
                try:
                    line.sendall(piece)
                except OSError:
                    break  # nobody is there to hear it

    def _woken(self, line: socket.socket | None, timeout_s: float | None) -> bool:
        """Waits for the line, or the time; whether the wire is to end instead."""
        assert self._wake is not None
        lines = [self._wake[0], *([line] if line else [])]
        return self._wake[0] in select.select(lines, [], [], timeout_s)[0]

    def _pass(self, seconds: float) -> None:
        if self.timed:
            time.sleep(seconds)
