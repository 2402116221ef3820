"""An xArm 7 that is not there: control box on loopback TCP, motors in numpy."""

from __future__ import annotations

import time
from types import MappingProxyType

from xlvla_sdk.drivers import Address
from xlvla_sdk.testing import EmulatedJoints, Emulator, Firmware, Wire
from xlvla_xarm.emulated_arm import LAG_S, OVER_CURRENT, SPEED, EmulatedArm
from xlvla_xarm.firmware import XArmFirmware
from xlvla_xarm.wire import ControllerWire

VERSION = "7,7,XI120001B02L03,AC120001B02L03,v2.6.7"
"""Seven joints, model XARM7_X4, made-up serial numbers of the kind that is not narrower."""


class XArm7Emulator(Emulator):
    """A controller with its arm, on two free ports; its address says both.

    The arm starts at posture `ready`. Beyond the faults of a line: `arm.press` (emergency stop),
    `arm.fail` (any controller error), `arm.overheat`, `joints.stuck`, `box.unplug` and `plug` (the
    cable), `box.hang_up` (connections closed) and `reboot`.
    """

    own_faults = ("hot", "current")
    arm: EmulatedArm
    box: ControllerWire
    control: XArmFirmware

    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:  # noqa: ARG002  (it has one)
        """Joints with the spec's limits, moving at 180 degrees a second."""
        lower, upper = self.spec.limits
        joints = EmulatedJoints(lower, upper, SPEED, self.spec.posture("ready"), LAG_S)
        self.arm = EmulatedArm(joints, VERSION)
        self.control = XArmFirmware(self.arm, self.faults)
        self.box = ControllerWire(self.control, self.faults, timed)
        return self.control, self.box

    @property
    def address(self) -> Address:
        """The command port, and the report port as an option."""
        options = MappingProxyType({"report": str(self.box.report_port)})
        return Address(self._named, self.wire.place, options)

    def raise_flag(self, fault: str, motor: int) -> None:
        """A motor error, at which the box stops the arm."""
        if fault == "hot":
            self.arm.overheat(motor, time.monotonic())
        else:
            self.arm.fail_motor(motor, OVER_CURRENT, time.monotonic())

    def reboot(self) -> None:
        """The control box is switched off and on: connections are gone, motors are off."""
        self.box.unplug()
        self.control.reboot(time.monotonic())
        self.box.plug()
