"""Transport: bytes to a device and back, and what a driver is handed to open one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.errors import DriverError

T = TypeVar("T", bound="Transport")  # beartype knows Self only in classes it decorates


class Transport(ABC):
    """A line of bytes. Building one opens nothing; `open` does.

    Whatever goes wrong with the line itself is a DriverError; silence is not: `read` returns
    nothing then.
    """

    name: str
    """What to call the line in messages, such as `ttyUSB0`."""

    @abstractmethod
    def open(self) -> None:
        """Takes hold of the line; DriverError when it is not there or somebody else has it."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of it. Never raises, may be called twice."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Sends bytes; DriverError when the line is gone."""

    @abstractmethod
    def read(self, timeout_s: float) -> bytes:
        """What has arrived, waiting for the first byte no longer than this [s]; maybe nothing."""

    def discard(self) -> bytes:
        """Reads away what has arrived and nobody waits for; returns it."""
        left = b""
        while data := self.read(0.0):
            left += data[: max(0, LONGEST_LEFT - len(left))]
        return left

    def __enter__(self: T) -> T:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


LONGEST_LEFT = 4096
"""How much of what nobody waits for is kept, for messages."""

Connect = Callable[[Address], Transport]
"""Gives the transport of an address; drivers take one, so that tests can hand them a script."""


def no_transport(address: Address, known: tuple[str, ...]) -> DriverError:
    """The error for an address whose wire a driver does not speak."""
    return DriverError(f"{address}: wire '{address.wire}' is not one of {', '.join(known)}.")
