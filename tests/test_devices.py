"""What every registered device keeps to; a plugin is walked by being installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xlvla_sdk.checks import check_device, declared_by
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.plugin import Device
from xlvla_sdk.registry import load_registry
from xlvla_sdk.specs import HandSpec, Side

REGISTRY = load_registry()
DEVICES = [device for device in REGISTRY.devices.values() if device.package]
PAIRS = [
    (device.spec, REGISTRY.devices[f"{device.spec.name}:left"].spec)
    for device in DEVICES
    if isinstance(device.spec, HandSpec) and device.spec.side is Side.RIGHT
]

MIRROR = 1e-3
"""How far mirrored tips may be apart [m]."""

every_device = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.spec.id)


def test_the_shipped_plugins_are_all_there():
    found = {info.name: info.status for info in REGISTRY.plugins if info.distribution}
    assert {name for name, status in found.items() if status != "ok"} == set()
    assert found.keys() >= {"ability", "g1", "inspire", "paxini", "xarm", "xhand"}


def nowhere(spec: HandSpec) -> None:
    """No codec: whether one is there is not the device's business."""


@every_device
def test_every_check_passes(device: Device):
    results = check_device(device.spec, nowhere)
    assert {result.name: result.text for result in results if not result.ok} == {}


@every_device
def test_files_source_and_licence_are_given(device: Device):
    assert Path(str(device.spec.urdf)).is_file()
    assert len(device.spec.source) > 10
    assert device.spec.license == "Apache-2.0"
    assert device.plugin.version


@every_device
def test_limits_are_finite_and_hold_the_postures(device: Device):
    assert np.isfinite(device.spec.limits).all()
    assert np.isfinite(device.spec.velocity_limits).all()
    for name in device.spec.postures:
        device.spec.check_limits(device.spec.posture(name), tolerance=0.0)


@every_device
def test_read_after_command_agrees_on_the_simulated_device(device: Device):
    lower, upper = device.spec.limits
    with SimulatedDriver(device.spec) as driver:
        for part in (0.2, 0.7):
            driver.command(lower + part * (upper - lower))
            driver.advance(5.0)
            assert driver.read().qpos == pytest.approx(lower + part * (upper - lower), abs=1e-6)


@pytest.mark.parametrize(("right", "left"), PAIRS, ids=[right.name for right, _ in PAIRS])
def test_left_fingers_mirror_right_and_thumbs_deviate_as_declared(right: HandSpec, left: HandSpec):
    lower, upper = right.limits
    qpos = np.random.default_rng(7).uniform(lower, upper, (4000, len(lower)))
    qpos[0] = right.rest
    apart = shared_kinematics(right).tips(qpos) - shared_kinematics(left).tips(qpos)
    thumb, *fingers = np.linalg.norm(apart, axis=-1).max(axis=0)
    assert max(fingers) < MIRROR
    package = REGISTRY.devices[right.id].package
    declared = declared_by(package).thumb_deviation.get(right.name)
    assert thumb < MIRROR if declared is None else thumb == pytest.approx(declared, abs=2e-4)
