"""Driver: qpos to a device and back. Radians and metres outside, whatever the wire wants inside."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.link import Counts
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec, Side

logger = logging.getLogger(__name__)
D = TypeVar("D", bound="Driver")  # beartype knows Self only in classes it decorates


@dataclass(frozen=True)
class Identity:
    """Who a device says it is; None where it does not say.

    Attributes:
        model: Its model, in the maker's words.
        side: Its side.
        serial: Its serial number, or another text that no other device has.
        firmware: Version of its firmware.
    """

    model: str | None = None
    side: Side | None = None
    serial: str | None = None
    firmware: str | None = None


class Driver(ABC):
    """One device. Building one opens nothing; `with driver:` does.

    A driver opens with the device standing as it stands: it reads the measured posture and starts
    from it. Every call has a deadline of its own; none waits for ever.

    A driver stops what it has moved. A device that it has neither commanded nor held since it was
    opened may be another's, or limp with somebody's fingers in it: reading it, and leaving, changes
    nothing. `hold` takes it, whatever it was doing.

    Args:
        spec: The hand or arm it moves; qpos is in the order of `spec.joints`.
        address: Where it is; None for a device that needs none.

    Attributes:
        simulated: Whether nothing real moves.
        usual_places: Where the maker's devices stand as they are delivered, as addresses:
            `xlvla scan` asks there. Serial ports it finds itself.
        bauds: Rates that the maker lets a serial line be set to, the delivered one first.
        thresholds: What the maker allows the device to measure before it has to hold.
    """

    simulated: bool = False
    usual_places: ClassVar[tuple[str, ...]] = ()
    bauds: ClassVar[tuple[int, ...]] = ()
    thresholds: Thresholds = Thresholds()

    def __init__(self, spec: HandSpec | ArmSpec, address: Address | None = None) -> None:
        self.spec = spec
        self.address = address

    def open(self) -> None:
        """Takes hold of the device; DriverError when it is not there, or is another one."""
        return

    def close(self) -> None:
        """Lets go of the device. Never raises, may be called twice."""
        return

    @property
    def commanded(self) -> tuple[str, ...]:
        """Joints that the device can be told about; others follow by its mechanics."""
        return self.spec.joints

    @property
    def counts(self) -> Counts:
        """What happened on its line since it was opened; all zero where nobody counts."""
        return Counts()

    def identity(self) -> Identity:
        """Who the open device says it is; all None for one that says nothing."""
        return Identity()

    @abstractmethod
    def read(self) -> JointState:
        """The measured joints; DriverError when the device does not answer."""

    @abstractmethod
    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target [rad, m]; returns before it is reached."""

    def hold(self) -> None:
        """Stays at the measured posture, powered; at the limit nearest to it where it is outside."""
        self.command(np.clip(self.read().qpos, *self.spec.limits))

    @abstractmethod
    def stop(self) -> None:
        """Hold, its first frame at once. Idempotent, callable from any state.

        Does nothing, and is no error, on a driver that is closed, and where it has moved nothing: not
        since it was opened, or not since `release`.
        """

    def release(self) -> None:
        """Gives up control; only after a held stop."""
        return

    def __enter__(self: D) -> D:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            self.stop()
        except XlvlaError as error:
            if kind is None:
                raise
            logger.error("could not be stopped: %s", error.message)
        finally:
            self.close()
