"""InspireEmulator: an RH56 of either model on any of its wires."""

from __future__ import annotations

import numpy as np

from xlvla_inspire.emulated_hand import HOT, EmulatedHand
from xlvla_inspire.emulated_wires import HandFirmware, RtuFirmware, TcpFirmware, VendorFirmware
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Emulator, SerialWire, TcpWire, Wire

BAUD = 115200
REST_S = 0.3  # between two connections; inspire-rh56dftp 0.1.0
SERIAL = {"serial": VendorFirmware, "modbus-rtu": RtuFirmware}


class InspireEmulator(Emulator):
    """A hand for `inspire` or `inspire_ftp`; it starts half open.

    Its own faults are attributes of `hand`: `errors`, `temperatures` and `load` (on top of its
    current, mA) by joint, `contact` (where a finger meets something), `joints.stuck`, `touch`,
    `reads_over_gaps`. All in the hand's order, the little finger first.
    """

    hand: EmulatedHand
    own_faults = ("hot", "current", "motor")

    def build(self, wire: str, timed: bool) -> tuple[HandFirmware, Wire]:
        """The firmware of a wire's protocol, and the wire."""
        self.hand = EmulatedHand(tactile=self.spec.name == "inspire_ftp", hand_id=1)
        if wire == "modbus-tcp":
            firmware = TcpFirmware(self.hand, self.faults)
            return firmware, TcpWire(firmware, self.faults, timed, rest_s=REST_S)
        if wire not in SERIAL:
            known = ", ".join([*SERIAL, "modbus-tcp"])
            raise DriverError(f"{self.spec.id} is not emulated on '{wire}'. There are {known}.")
        firmware = SERIAL[wire](self.hand, self.faults)
        return firmware, SerialWire(firmware, BAUD, self.faults, timed)

    def qpos(self, position: np.ndarray) -> np.ndarray:
        """From the thumb's rotation to the little finger; fully open is the least angle [rad]."""
        least, greatest = self.spec.limits
        return greatest - position[::-1] / 1000.0 * (greatest - least)

    def raise_flag(self, fault: str, motor: int) -> None:
        """Sets the bit of ERROR, for heat by the temperature that does."""
        if fault == "hot":
            self.hand.temperatures[motor] = HOT + 5
        else:
            self.hand.errors[motor] |= {"current": 0b100, "motor": 0b1000}[fault]

    def reboot(self) -> None:
        """Off and on; a connection is reset by it, a serial line's port stays."""
        connection = isinstance(self.wire, TcpWire)
        if connection:
            self.wire.unplug()
        super().reboot()
        if connection:
            self.wire.plug()
