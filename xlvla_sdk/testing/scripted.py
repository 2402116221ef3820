"""ScriptedTransport: a line that expects these bytes and answers with those, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlvla_sdk.drivers import Address, Transport


@dataclass(frozen=True)
class Send:
    """The driver writes exactly these bytes; text is read as hexadecimal."""

    data: bytes | str


@dataclass(frozen=True)
class Receive:
    """These bytes arrive next; none at all stands for silence until the driver gives up."""

    data: bytes | str


class ScriptedTransport(Transport):
    """A context manager: anything unsent, unread, or different from the script fails.

    Give it to a driver as `connect=script.connect`.

    Args:
        script: What is sent and received, in order.
        strict: Whether leaving with a rest of the script fails.
    """

    def __init__(self, script: Sequence[Send | Receive], strict: bool = True) -> None:
        self.name = "script"
        self._left = list(script)
        self._strict = strict
        self.opened = 0
        self.closed = 0

    def connect(self, address: Address) -> Transport:  # noqa: ARG002  (a Connect)
        """Itself, whatever the address."""
        return self

    def open(self) -> None:
        """Counts."""
        self.opened += 1

    def close(self) -> None:
        """Counts."""
        self.closed += 1

    def write(self, data: bytes) -> None:
        """Compares with the script."""
        step = self._left.pop(0) if self._left else None
        assert isinstance(step, Send), f"sent {data.hex(' ')}, the script has {step} next"
        assert data == _bytes(step.data), f"sent {data.hex(' ')}, not {_bytes(step.data).hex(' ')}"

    def read(self, timeout_s: float) -> bytes:
        """The script's next bytes, or nothing where it has something sent next."""
        if timeout_s > 0.0 and self._left and isinstance(self._left[0], Receive):
            step = self._left.pop(0)
            return _bytes(step.data)
        return b""

    def finish(self) -> None:
        """Fails when something of the script is left."""
        assert not self._left, f"never happened: {self._left}"

    def __exit__(self, *exc: object) -> None:
        self.close()
        if self._strict and exc[0] is None:
            self.finish()


def _bytes(data: bytes | str) -> bytes:
    return bytes.fromhex(data) if isinstance(data, str) else data
