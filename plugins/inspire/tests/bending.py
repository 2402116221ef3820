"""What both models' hardware tests ask of a real hand that may move."""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_inspire.driver import InspireDriver

from xlvla_sdk.drivers import SafeDriver

BENT = 0.4
"""How far the little finger bends [rad]."""


def bends_alone_and_says_so(driver: InspireDriver) -> None:
    """The little finger bends and comes back; no other joint's status says that it closes.

    Shows too which byte of a Modbus word is the first: the moving joint's status is its own.
    """
    safe = SafeDriver(driver, time.monotonic)
    begun = np.clip(driver.read().qpos, *driver.spec.limits)
    bent = begun.copy()
    bent[-1] = min(begun[-1] + BENT, driver.spec.limits.upper[-1])
    closing = set()
    for target in (bent, begun):
        deadline = time.monotonic() + 4.0
        while time.monotonic() < deadline:
            safe.approach(target)
            safe.read()
            closing |= {joint for joint, doing in driver.activity.items() if doing == "closing"}
        assert safe.read().qpos == pytest.approx(target, abs=0.05)
    assert closing == {driver.spec.joints[-1]}
