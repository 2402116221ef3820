"""Driver: qpos to a device and back. Radians and metres outside, whatever the wire wants inside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec

D = TypeVar("D", bound="Driver")  # beartype knows Self only in classes it decorates


class Driver(ABC):
    """One device. Building one opens nothing; `with driver:` does.

    Args:
        spec: The hand or arm it moves; qpos is in the order of `spec.joints`.
        address: Where it is, in the driver's own grammar; None where there is nothing to say.
    """

    def __init__(self, spec: HandSpec | ArmSpec, address: str | None = None) -> None:
        self.spec = spec
        self.address = address

    def open(self) -> None:
        """Takes hold of the device; DriverError when it is not there."""
        return

    def close(self) -> None:
        """Lets go of the device. Never raises, may be called twice."""
        return

    @abstractmethod
    def read(self) -> JointState:
        """The measured joints; DriverError when the device does not answer."""

    @abstractmethod
    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target [rad, m]; returns before it is reached."""

    def hold(self) -> None:
        """Stays at the measured posture, powered."""
        self.command(self.read().qpos)

    @abstractmethod
    def stop(self) -> None:
        """Hold, its first frame at once. Idempotent, callable from any state."""

    def release(self) -> None:
        """Gives up control; only after a held stop."""
        return

    def __enter__(self: D) -> D:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self.stop()
        finally:
            self.close()
