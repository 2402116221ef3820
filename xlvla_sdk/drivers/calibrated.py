"""CalibratedDriver: a device whose joints count from elsewhere, or the other way round."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.drivers.wrapping import WrappingDriver
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import LIMIT_TOLERANCE, Calibration, JointCalibration

logger = logging.getLogger(__name__)


class CalibratedDriver(WrappingDriver):
    """Wraps a driver: outside it are true angles, inside what the device's encoders say.

    Which calibration is used shows when the device is open and has said its serial number; a
    device that has none goes by its address.

    Args:
        driver: The device's own driver.
        calibrations: Serial number to calibration; none may fit.

    Attributes:
        in_use: The serial number whose calibration is in use; None for the device's own angles.
        unreached: Commands that asked for more than a joint was found to reach; they go to its end.
    """

    def __init__(self, driver: Driver, calibrations: Mapping[str, Calibration]) -> None:
        super().__init__(driver)
        self.in_use: str | None = None
        self.unreached = 0
        self._calibrations = calibrations
        self.use({})

    def open(self) -> None:
        """Opens the wrapped driver, takes its calibration, and logs which one that is."""
        self.driver.open()
        serial = serial_of(self.driver)
        if serial in self._calibrations:
            self.in_use = serial
            self.use(self._calibrations[serial])
            logger.info("%s: calibration of %s in use", self.spec.id, serial)
        else:
            others = (
                f"; there is one of {', '.join(self._calibrations)}" if self._calibrations else ""
            )
            logger.info("%s (%s): not calibrated%s", self.spec.id, serial, others)

    def use(self, calibration: Calibration) -> None:
        """Takes a calibration; joints it leaves out are as their spec says.

        Args:
            calibration: By joint.
        """
        lower, upper = self.spec.limits
        joints = [
            calibration.get(name, JointCalibration(lower=low, upper=high))
            for name, low, high in zip(self.spec.joints, lower, upper, strict=True)
        ]
        self._sign = np.array([joint.sign for joint in joints], dtype=float)
        self._offset = np.array([joint.offset for joint in joints])
        # What can be told: within what was reached, and within what the device takes.
        ends = np.sort([self._sign * end + self._offset for end in (lower, upper)], axis=0)
        self._lower = np.max(np.stack([[j.lower for j in joints], ends[0], lower]), axis=0)
        self._upper = np.min(np.stack([[j.upper for j in joints], ends[1], upper]), axis=0)

    def read(self) -> JointState:
        """What the wrapped driver measures, as true angles."""
        state = self.driver.read()
        turned = {
            name: self._sign * values
            for name in ("velocity", "torque")
            if (values := getattr(state, name)) is not None
        }
        return replace(state, qpos=self._sign * state.qpos + self._offset, **turned)

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target, or the end of what a joint reaches where the target is beyond it."""
        within = np.clip(qpos, self._lower, self._upper)
        if (away := np.abs(within - qpos)).max(initial=0.0) > LIMIT_TOLERANCE:
            self.unreached += 1
            if self.unreached == 1:
                at = int(away.argmax())
                logger.warning(
                    "%s: '%s' was found to reach [%.3g, %.3g] rad; it goes no further.",
                    self.spec.id,
                    self.spec.joints[at],
                    self._lower[at],
                    self._upper[at],
                )
        said = self._sign * (within - self._offset)
        self.driver.command(np.clip(said, *self.spec.limits))  # rounding alone


def serial_of(driver: Driver) -> str:
    """What calibrations of an open device are kept under: its serial number, else its address."""
    return driver.identity().serial or f"at {driver.address}"
