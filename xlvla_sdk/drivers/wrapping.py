"""WrappingDriver: what a driver around a driver passes on as it is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.driver import Driver, Identity
from xlvla_sdk.drivers.link import Counts
from xlvla_sdk.messages import JointState


class WrappingDriver(Driver):
    """Passes every call on; those who wrap say what they change.

    Args:
        driver: The one inside.
    """

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver.spec, driver.address)
        self.driver = driver
        self.simulated = driver.simulated
        self.thresholds = driver.thresholds

    @property
    def commanded(self) -> tuple[str, ...]:
        """The wrapped driver's."""
        return self.driver.commanded

    @property
    def counts(self) -> Counts:
        """The wrapped driver's."""
        return self.driver.counts

    def identity(self) -> Identity:
        """The wrapped driver's."""
        return self.driver.identity()

    def open(self) -> None:
        """Opens the wrapped driver."""
        self.driver.open()

    def close(self) -> None:
        """Closes the wrapped driver."""
        self.driver.close()

    def read(self) -> JointState:
        """What the wrapped driver measures."""
        return self.driver.read()

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Commands the wrapped driver."""
        self.driver.command(qpos)

    def hold(self) -> None:
        """Has the wrapped driver hold."""
        self.driver.hold()

    def stop(self) -> None:
        """Stops the wrapped driver."""
        self.driver.stop()

    def release(self) -> None:
        """Has the wrapped driver give up control."""
        self.driver.release()
