"""Body: the drivers of an embodiment as one qpos, every one of them checked and stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers import Driver, SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import Embodiment


class Body:
    """A context manager: opens every driver, and on the way out stops and closes every one.

    Args:
        embodiment: What the drivers make up.
        drivers: One for each of its parts, in their order; each is wrapped in a `SafeDriver`.
        now: Gives the time [s].

    Raises:
        DriverError: When the drivers are not those of the embodiment.
        SpecError: When a device knows no velocity limits.
    """

    def __init__(
        self, embodiment: Embodiment, drivers: Sequence[Driver], now: Callable[[], float]
    ) -> None:
        wanted = [part.id for part in embodiment.parts]
        given = [driver.spec.id for driver in drivers]
        if wanted != given:
            raise DriverError(
                f"{embodiment.name} needs drivers of {', '.join(wanted)}, in this order; given are "
                f"{', '.join(given) or 'none'}."
            )
        self.embodiment = embodiment
        self.drivers = tuple(SafeDriver(driver, now) for driver in drivers)
        self._columns = tuple(columns for _, columns in embodiment.slices())
        self._stack = ExitStack()

    def __enter__(self) -> Body:
        with ExitStack() as stack:
            for driver in self.drivers:
                stack.enter_context(driver)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def read(self) -> Float[np.ndarray, " D"]:
        """The measured whole qpos [rad, m]."""
        return np.concatenate([driver.read().qpos for driver in self.drivers])

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Checks and sends a whole target [rad, m]; LimitViolation as `SafeDriver.command` says."""
        for driver, columns in zip(self.drivers, self._columns, strict=True):
            driver.command(qpos[columns])

    def approach(self, qpos: Float[np.ndarray, " D"]) -> bool:
        """One step towards a far target; whether every device was sent its own."""
        arrived = [
            driver.approach(qpos[columns])
            for driver, columns in zip(self.drivers, self._columns, strict=True)
        ]
        return all(arrived)

    def hold(self) -> Float[np.ndarray, " D"]:
        """Holds every device; returns where, within the limits [rad, m]."""
        for driver in self.drivers:
            driver.hold()
        return np.clip(self.read(), *self.embodiment.limits)

    @property
    def limits_touched(self) -> int:
        """Commands that asked for more than a velocity limit."""
        return sum(driver.limits_touched for driver in self.drivers)

    @property
    def clipped(self) -> int:
        """Commands that were clipped to the position limits."""
        return sum(driver.clipped for driver in self.drivers)
