"""G1Emulator: a Unitree G1 on the loopback interface, both arms whichever is asked for."""

from __future__ import annotations

import time

from xlvla_g1.dds_wire import DdsWire
from xlvla_g1.firmware import ARMS, G1Firmware
from xlvla_sdk import ArmSpec, Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.testing import Emulator, Firmware, Wire


class G1Emulator(Emulator):
    """One robot; drivers of both its arms find it at the same address.

    Its own faults are attributes of `robot`: `motor_faults`, `asleep`, `temperature`, `standing`,
    `machine`, `arms[side].stuck`; going silent is `faults.silent`.
    """

    own_faults = ("motor",)

    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:
        """The robot and its DDS peer."""
        del wire
        side = self.spec.side if isinstance(self.spec, ArmSpec) else None
        self.robot = G1Firmware(side, self.faults)
        self.peer = DdsWire(self.robot, self.faults, timed)
        return self.robot, self.peer

    @property
    def address(self) -> Address:
        """The interface and the domain that it has claimed."""
        return Address(self._named, self.wire.place, {"domain": str(self.peer.domain)})

    def raise_flag(self, fault: str, motor: int) -> None:
        """Sets a bit of the motor's fault word; what the bits mean is not published."""
        assert fault == "motor"
        side = self.spec.side if isinstance(self.spec, ArmSpec) else None
        self.robot.motor_faults[ARMS[side or Side.RIGHT].start + motor] = 0x40

    def reboot(self) -> None:
        """Is off for a moment, then begins anew."""
        self.wire.unplug()
        self.firmware.reboot(time.monotonic())
        self.wire.plug()
