"""A joint that is stuck by its name: it and nothing else stands still, on every device we emulate."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.errors import DriverError
from xlvla_sdk.plugin import Device
from xlvla_sdk.registry import registry
from xlvla_sdk.testing import Emulator

EMULATED = [device for device in registry().devices.values() if device.emulators]
FOLLOWING = {
    f"{side}_{finger}_joint_{n}"
    for side in ("right", "left")
    for finger in ("index", "middle", "ring")
    for n in (2, 3)
}
"""Of the DexH13: the outermost joint and the one that it follows move and stand together."""


def emulated(device: Device) -> Emulator:
    wire = next(iter(device.emulators))
    return device.load("emulator", wire)(device.spec, wire, timed=False)


@pytest.mark.parametrize("device", EMULATED, ids=lambda device: device.spec.id)
def test_the_named_joint_alone_stands_still(device: Device):
    joints = device.spec.joints
    for at, joint in enumerate(joints):
        emulator = emulated(device)
        emulator.stick(joint)
        motors = emulator.joints
        motors.place(motors.lower)
        motors.command(0.5 * (motors.lower + motors.upper), 0.0)
        before = emulator.qpos(motors.lower)
        went = np.abs(emulator.qpos(motors.position(1000.0)) - before) > 1e-3
        assert not went[at]
        still = {name for name, moved in zip(joints, went, strict=True) if not moved}
        assert len(still) == (2 if joint in FOLLOWING else 1)


def test_a_joint_that_is_not_there_is_refused_with_those_that_are():
    device = registry().device("ability:right")
    said = "ability:right has no joint 'index' to be stuck. It has: thumb_q1, "
    with pytest.raises(DriverError, match=said):
        emulated(device).stick("index")
