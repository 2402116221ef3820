"""Checks of a device on the simulated driver: it goes where it is told, and nowhere else."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.checks.result import CheckResult, failed, passed, refused
from xlvla_sdk.drivers import SafeDriver, SimulatedDriver
from xlvla_sdk.errors import LimitViolation, SpecError
from xlvla_sdk.plugin import Device
from xlvla_sdk.specs import ArmSpec, HandSpec

PARTS = (0.2, 0.7)
"""Where between its limits a device is sent."""
ARRIVED = 1e-6
"""How near it has to come [rad, m]."""
BEYOND = 0.5
"""How far outside the limits a command is that has to be refused [rad, m]."""


def check_simulated(spec: HandSpec | ArmSpec) -> CheckResult:
    """Whether a simulated device reads where it was sent, and refuses what is outside its limits."""
    try:
        with SimulatedDriver(spec) as driver:
            for part in PARTS:
                target = spec.limits.lower + part * np.subtract(*spec.limits[::-1])
                driver.command(target)
                driver.advance(1e3)
                if np.abs(driver.read().qpos - target).max() > ARRIVED:
                    return failed("simulated", "it does not arrive", "Mend its velocity limits.")
            return _refusing(spec, driver)
    except SpecError as error:
        return refused("simulated", error)


def check_emulators(device: Device) -> CheckResult:
    """Whether every emulator is for a wire that has a driver; which wires can be tried here."""
    if odd := [wire for wire in device.emulators if wire not in device.drivers]:
        text = f"'{odd[0]}' is emulated and has no driver"
        return failed("emulators", text, "Name a driver for that wire, or leave the emulator out.")
    return passed("emulators", f"for {', '.join(device.emulators) or 'no wire'}")


def _refusing(spec: HandSpec | ArmSpec, driver: SimulatedDriver) -> CheckResult:
    safe = SafeDriver(driver, lambda: 0.0)
    before = driver.read().qpos
    for joint, name in enumerate(spec.joints):
        for wrong in (np.nan, spec.limits.lower[joint] - BEYOND, spec.limits.upper[joint] + BEYOND):
            target = before.copy()
            target[joint] = wrong
            try:
                safe.command(target)
            except LimitViolation:
                continue
            return failed("simulated", f"'{name}' took {wrong:g}", "Mend its <limit>.")
    if np.abs(driver.read().qpos - before).max() > ARRIVED:
        return failed("simulated", "it moved for a refused command", "Mend its <limit>.")
    return passed(
        "simulated", f"reads where it was sent; {3 * len(spec.joints)} wrong targets refused"
    )
