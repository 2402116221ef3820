"""HandKit: all that a maker's package has to keep to, as one class to subclass in its tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

from xlvla_sdk.checks import Check, CheckResult, declared_by, plan
from xlvla_sdk.checks.result import refused
from xlvla_sdk.errors import PluginError, XlvlaError
from xlvla_sdk.plugin import Device, PluginInfo, api_of, offer_of
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.testing.quality import codec_checks
from xlvla_sdk.testing.wire_checks import wire_checks


class HandKit:
    """A device's checks as tests; pytest collects those of its subclasses.

        class TestAcmeH6(HandKit):
            device = "acme_h6"

    Every side of the device is walked: its manifest, description and kinematics; its driver on its
    emulator, wire by wire; that nothing outside its limits is sent, and that it stops; its codec;
    its papers. What does not apply, and scripted exchanges, stand in the package's `checks.toml`.

    Attributes:
        device: A name, for both sides, or an id: `acme_h6:right`.
        plugin: The package; `xlvla_<name>` when left out. It need not be installed.
    """

    device: ClassVar[str]
    plugin: ClassVar[ModuleType | None] = None

    def test_manifest(self, check: Check) -> None:
        """The entry point, plugin API, files, drivers, and terms."""
        require(check.make())

    def test_description(self, check: Check) -> None:
        """The URDF and what the spec adds to it."""
        require(check.make())

    def test_kinematics(self, check: Check) -> None:
        """Joints that follow, derivatives, the palm, the left against the right."""
        require(check.make())

    def test_wire(self, check: Check) -> None:
        """Scripted exchanges, the contract on an emulator, faults."""
        require(check.make())

    def test_safety(self, check: Check) -> None:
        """Never outside its limits, never a jump, and a stop that stops."""
        require(check.make())

    def test_codec(self, check: Check) -> None:
        """The codec that ships fits, and is not poor."""
        require(check.make())

    def test_docs(self, check: Check) -> None:
        """README, change log and licence are there, and filled."""
        require(check.make())

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Gives each of the tests above its checks."""
        if "check" not in metafunc.fixturenames:
            return
        group = metafunc.function.__name__.removeprefix("test_")
        checks = [check for check in self.checks() if check.group == group]
        metafunc.parametrize("check", checks, ids=str)

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        """Every check of the device, not made yet; of one that is not there the reason."""
        return _checks(cls.device, cls.plugin)


def require(result: CheckResult) -> None:
    """Fails the calling test where a check failed, with what was found and how to mend it."""
    assert result.ok, f"{result.name}: {result.text}\n{result.mend or ''}"


@cache
def _checks(device: str, plugin: ModuleType | None) -> tuple[Check, ...]:
    try:
        devices = devices_of(plugin or _module(device.partition(":")[0]))
        return tuple(every_check(device, devices))
    except XlvlaError as error:
        return (Check("plugin", "manifest", device, partial(refused, "plugin", error)),)


def every_check(device: str, devices: Mapping[str, Device]) -> list[Check]:
    """All checks of a device: those that open nothing, then those of its wires and its codec.

    Args:
        device: A name, or an id.
        devices: Its plugin's devices by id.

    Raises:
        PluginError: When the plugin offers no such device.
    """
    found = [d for d in devices.values() if device in (d.spec.id, d.spec.name)]
    if not found:
        raise PluginError(
            f"the plugin offers no '{device}'. It offers: {', '.join(devices) or 'nothing'}."
        )
    checks: list[Check] = []
    for one in found:
        declared = declared_by(one.package)
        checks += plan(one, devices, declared, _nowhere)
        checks += wire_checks(one, devices, declared)
        checks += codec_checks(one, declared)
    return checks


def devices_of(plugin: ModuleType) -> dict[str, Device]:
    """What a package offers, by id, whether it is installed or not.

    Raises:
        PluginError: When it cannot be used.
    """
    name = plugin.__name__
    info = PluginInfo(name.removeprefix("xlvla_"), api=api_of(plugin))
    return {device.spec.id: device for device in offer_of(info, plugin).devices}


def _module(name: str) -> ModuleType:
    try:
        return import_module(f"xlvla_{name}")
    except ImportError as error:
        raise PluginError(
            f"there is no package xlvla_{name} ({error}). Write `plugin = <your package>` into the "
            "test class."
        ) from error


def _nowhere(spec: HandSpec) -> None:  # noqa: ARG001  (a Locate)
    """Whether this user has a codec is not the package's business."""
    return
