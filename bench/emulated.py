"""An emulated device in a process of its own, so that it costs the driver's process nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from bench.driver_devices import WALKED, Walked
from xlvla_sdk.drivers import Address


@dataclass(frozen=True)
class Facts:
    """What the emulated device knows.

    Attributes:
        sent: Bytes that it has sent.
        received: Bytes that it was sent.
        violations: Commands that it must not be given, in words.
        largest_step: The furthest that a target was from its joint, as a part of the range.
    """

    sent: int
    received: int
    violations: list[str]
    largest_step: float


class Emulated:
    """The process; a context manager.

    Args:
        walked: The device.

    Attributes:
        address: Where a driver finds it, while it is open.
    """

    def __init__(self, walked: Walked) -> None:
        self._walked = walked

    def __enter__(self) -> Emulated:
        command = [sys.executable, "-m", "bench.emulated", str(WALKED.index(self._walked))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = Address.parse(self._line())
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate()

    def facts(self) -> Facts:
        """What it knows now."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        found: dict[str, Any] = json.loads(self._line())
        return Facts(**found)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{self._walked}: its emulator's process ended")
        return line


def main() -> None:
    """Says the address, then a line of facts for each line that it is sent."""
    with WALKED[int(sys.argv[1])].emulator(timed=True) as emulator:
        print(emulator.address, flush=True)
        for _ in sys.stdin:
            facts = Facts(
                emulator.wire.sent,
                emulator.wire.received,
                emulator.joints.violations,
                emulator.joints.largest_step,
            )
            print(json.dumps(vars(facts)), flush=True)


if __name__ == "__main__":
    main()
