"""Wire: what an emulated device hangs on; spends the time that the real one would."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

from xlvla_sdk.testing.faults import Faults

if TYPE_CHECKING:
    from xlvla_sdk.testing.emulator import Firmware

W = TypeVar("W", bound="Wire")  # beartype knows Self only in classes it decorates


class Wire(ABC):
    """Carries bytes between drivers and a firmware; a context manager that serves in a thread.

    Args:
        firmware: The device.
        faults: What goes wrong; nothing when left out.
        timed: Whether the wire's own time is spent (bytes at their baud rate, the device's
            turnaround); without it everything is at once, for tests that measure nothing.

    Attributes:
        sent: Bytes that the device has sent, those nobody took included.
        received: Bytes that it was sent.
    """

    def __init__(
        self, firmware: Firmware, faults: Faults | None = None, timed: bool = True
    ) -> None:
        self.firmware = firmware
        self.faults = faults or Faults()
        self.timed = timed
        self.sent = 0
        self.received = 0

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, as the place of an address: a port's path, or host and port."""

    @abstractmethod
    def open(self) -> None:
        """Begins to serve."""

    @abstractmethod
    def close(self) -> None:
        """Ends; may be called twice."""

    @abstractmethod
    def unplug(self) -> None:
        """Takes the device off the wire, as when its cable is pulled."""

    @abstractmethod
    def plug(self) -> None:
        """Puts it back, at the same place."""

    def __enter__(self: W) -> W:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
