"""The emulated DexH13, behind a module of the SDK's shape that the driver's process imports."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from xlvla_paxini.firmware import DRIVEN, PaxiniFirmware
from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import Address
from xlvla_sdk.testing import Emulator, TcpWire, Wire

SDK = Path(__file__).with_name("emulated_sdk")
"""Where the module stands that is called as the maker's is."""


class PaxiniEmulator(Emulator):
    """An emulated hand on a loopback socket, and an address whose SDK is ours.

    What is spoken on the socket is ours, since nobody but the maker knows the hand's registers: the
    emulator begins where the SDK's documentation ends. Its faults of the line come out of the SDK as
    exceptions and lost answers; what an SDK does at its worst is in `firmware.worst`.
    """

    firmware: PaxiniFirmware
    own_faults = ("hot", "current")

    def build(self, wire: str, timed: bool) -> tuple[PaxiniFirmware, Wire]:  # noqa: ARG002
        """The hand, and its socket."""
        assert isinstance(self.spec, HandSpec)
        firmware = PaxiniFirmware(self.spec.side, self.faults)
        return firmware, TcpWire(firmware, self.faults, timed)

    @property
    def address(self) -> Address:
        """The socket, this interpreter, our module, and the unit of its currents."""
        options = {"python": sys.executable, "path": str(SDK), "ampere": "0.001"}
        return Address("sdk", self.wire.place, options)

    def qpos(self, position: np.ndarray) -> np.ndarray:
        """Sixteen joints [rad]; those without a motor as the firmware has them follow."""
        degrees = np.zeros(16)
        degrees[DRIVEN] = position
        degrees[[3, 7, 11]] = degrees[[2, 6, 10]]
        return np.radians(degrees)

    def raise_flag(self, fault: str, motor: int) -> None:
        """Sets a motor's error, which comes back when it is cleared."""
        self.firmware.errors[motor + 1] = {"hot": "OVER_TEMPERATURE", "current": "OVER_IQ"}[fault]
        self.firmware.lasting.add(motor + 1)
