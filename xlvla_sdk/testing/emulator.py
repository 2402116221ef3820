"""Emulator: a device that is not there, byte for byte, on a wire that is."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers import Address
from xlvla_sdk.drivers.moving import joint_named
from xlvla_sdk.errors import DataError, DriverError
from xlvla_sdk.specs import ArmSpec, HandSpec
from xlvla_sdk.testing.faults import Faults
from xlvla_sdk.testing.joints import EmulatedJoints
from xlvla_sdk.testing.wire import Wire

E = TypeVar("E", bound="Emulator")  # beartype knows Self only in classes it decorates


class Firmware(ABC):
    """What runs in a device: bytes in, frames out, written from the fact sheet alone.

    It shares no encoding code with the driver: what one misreads, the other does not repeat.

    Attributes:
        joints: Its motors, in the wire's units and order.
    """

    joints: EmulatedJoints

    @abstractmethod
    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        """Takes bytes at a time [s]; returns frames, each with the seconds it takes to make it."""

    @abstractmethod
    def reboot(self, now: float) -> None:
        """Starts anew: half-received frames, settings that are not saved, and sessions are gone."""


class Emulator(ABC):
    """A device for one spec on one wire; a context manager.

    Named in `register(..., emulators={"serial": "module:Class"})`. Beyond what is here an emulator
    has its device's own faults as plain attributes (a stuck finger is `stick(joint)`, or `joints.stuck` by motor),
    and those that people ask for by name in `own_faults`.

    Args:
        spec: The hand or arm it plays.
        wire: Which of its plugin's wires, as in an address.
        faults: What goes wrong on the line; nothing when left out.
        timed: Whether the wire's own time is spent.

    Attributes:
        own_faults: Flags that the device can raise at a joint, by what a person calls them: `hot`, `current`
            and `motor` where they mean that, or the device's own word.
    """

    own_faults: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        wire: str,
        faults: Faults | None = None,
        timed: bool = True,
    ) -> None:
        self.spec = spec
        self.faults = faults or Faults()
        self.firmware, self.wire = self.build(wire, timed)
        self._named = wire

    @abstractmethod
    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:
        """The firmware, and the wire it hangs on; `self.spec` and `self.faults` are there."""

    @property
    def address(self) -> Address:
        """Where a driver finds it."""
        return Address(self._named, self.wire.place)

    @property
    def joints(self) -> EmulatedJoints:
        """Its motors."""
        return self.firmware.joints

    def qpos(self, position: Float[np.ndarray, " M"]) -> Float[np.ndarray, " D"]:
        """The posture [rad], in the order of the spec's joints, that motors' positions stand for.

        What readings are compared with: a device whose motors are in other units, or another order,
        overrides it, apart from its driver.
        """
        return position

    def stick(self, joint: str) -> None:
        """Blocks what moves a joint: it stays where it stands, whatever it is told.

        Args:
            joint: Its name in the spec. One that follows another by the device's mechanics blocks both.

        Raises:
            DriverError: The device has no such joint.
        """
        if joint not in self.spec.joints:
            raise DriverError(
                f"{self.spec.id} has no joint '{joint}' to be stuck. It has: "
                f"{', '.join(self.spec.joints)}.",
                joints=self.spec.joints,
            )
        self.joints.stuck |= self._motors_of(self.spec.joints.index(joint))

    def fail(self, fault: str, joint: str) -> None:
        """Raises one of the device's own flags, as when it happens; it stays.

        Args:
            fault: One of `own_faults`.
            joint: Its name in the spec, or a part of a name that fits one alone.

        Raises:
            DataError: The device has no such fault, or nothing that could have it moves the joint.
            SpecError: There is no such joint.
        """
        motors = self._motors_of(self.spec.joints.index(joint_named(self.spec, joint)))
        if fault not in self.own_faults or not motors:
            known = ", ".join(f"{own}=JOINT" for own in self.own_faults) or "none of its own"
            raise DataError(
                f"{self.spec.id}: '{fault}' does not happen to '{joint}'. Faults by joint: {known}."
            )
        for motor in motors:
            self.raise_flag(fault, motor)

    def raise_flag(self, fault: str, motor: int) -> None:
        """Raises one of `own_faults` at a motor, by its index; emulators that have some say how."""
        raise NotImplementedError(f"{type(self).__name__} names '{fault}' and does not raise it")

    def suffer(self, text: str) -> None:
        """A fault as a person types it: of the line (`dropped=0.01`) or its own (`hot=JOINT`).

        Raises:
            DataError: Naming those that there are.
        """
        fault, _, joint = text.partition("=")
        if fault in self.own_faults:
            self.fail(fault, joint)
            return
        try:
            self.faults.suffer(text)
        except DataError as error:
            own = ", ".join(f"{name}=JOINT" for name in self.own_faults)
            raise DataError(
                f"{error.message} {f'Of the device: {own}.' if own else ''}".strip()
            ) from error

    def _motors_of(self, joint: int) -> set[int]:
        lower, upper = self.joints.lower, self.joints.upper
        steps = np.diag(0.1 * (upper - lower))
        still = self.qpos(lower)[joint]
        return {motor for motor, by in enumerate(steps) if self.qpos(lower + by)[joint] != still}

    def reboot(self) -> None:
        """The device is switched off and on; its line stays, as an adapter's port does."""
        self.firmware.reboot(time.monotonic())

    def __enter__(self: E) -> E:
        self.wire.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.wire.close()
