"""Body: the drivers of an embodiment as one qpos, every one of them checked and stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers import Driver, SafeDriver
from xlvla_sdk.drivers.stopping import stop_all
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import Embodiment


class Body:
    """A context manager: opens every driver, and on the way out stops and closes every one.

    They are stopped side by side: a device that is gone keeps no other from its stop.

    Args:
        embodiment: What the drivers make up.
        drivers: One for each of its parts, in their order; each is wrapped in a `SafeDriver`.
        now: Gives the time [s].
        speed: Part of the velocity limits; see `SafeDriver`.
        thresholds: Of every device; see `SafeDriver`.

    Raises:
        DriverError: When the drivers are not those of the embodiment.
        SpecError: When a device knows no velocity limits.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        drivers: Sequence[Driver],
        now: Callable[[], float],
        speed: float | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        wanted = [part.id for part in embodiment.parts]
        given = [driver.spec.id for driver in drivers]
        if wanted != given:
            raise DriverError(
                f"{embodiment.name} needs drivers of {', '.join(wanted)}, in this order; given are "
                f"{', '.join(given) or 'none'}."
            )
        self.embodiment = embodiment
        self.drivers = tuple(SafeDriver(driver, now, speed, thresholds) for driver in drivers)
        self._columns = tuple(columns for _, columns in embodiment.slices())

    def __enter__(self) -> Body:
        opened: list[Driver] = []
        try:
            for driver in self.drivers:
                driver.open()
                opened.append(driver)
        except BaseException:
            for driver in self.drivers[len(opened) :]:
                driver.close()
            stop_all(opened, raising=False)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        stop_all(self.drivers, raising=kind is None)

    @property
    def speed(self) -> Float[np.ndarray, " D"]:
        """How fast each joint may be told to move [rad/s, m/s]."""
        return np.concatenate(
            [driver.speed * driver.spec.velocity_limits for driver in self.drivers]
        )

    def read(self) -> Float[np.ndarray, " D"]:
        """The measured whole qpos [rad, m]."""
        return np.concatenate([driver.read().qpos for driver in self.drivers])

    def inside(self, measured: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
        """A measured whole qpos within the limits; LimitViolation as `SafeDriver.inside` says."""
        parts = zip(self.drivers, self._columns, strict=True)
        return np.concatenate([driver.inside(measured[columns]) for driver, columns in parts])

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

    @property
    def sent(self) -> Float[np.ndarray, " D"] | None:
        """What was sent last [rad, m]; None when a device held since."""
        sent = [driver.sent for driver in self.drivers]
        known = [qpos for qpos in sent if qpos is not None]
        return np.concatenate(known) if len(known) == len(sent) else None

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

    @property
    def outside(self) -> int:
        """Readings with a joint outside its limits."""
        return sum(driver.outside for driver in self.drivers)
