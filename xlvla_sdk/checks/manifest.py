"""Checks of a package as a plugin: its entry point, its files, its drivers, its terms."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from xlvla_sdk.checks.result import CheckResult, failed, passed, refused
from xlvla_sdk.drivers import Driver
from xlvla_sdk.errors import PluginError
from xlvla_sdk.hookspecs import GROUP
from xlvla_sdk.plugin import Device

NO_LICENSE = ("", "not stated", "todo", "none", "unlicensed", "licenseref-todo")
"""What a licence placeholder says."""


def project_of(package: str) -> Path | None:
    """The folder with the pyproject.toml that a package is developed in; None once installed."""
    folder = Path(str(files(package)))
    for parent in folder.parents[:2]:
        if (parent / "pyproject.toml").is_file():
            return parent
    return None


def check_plugin(device: Device) -> CheckResult:
    """Whether the plugin says which hooks it was written for; one that cannot be used is not here."""
    api = device.plugin.api
    if api is None:
        return failed(
            "plugin",
            f"{device.plugin.name} does not say which hooks it was written for",
            "Write PLUGIN_API = (1, 0) into its module, so that an SDK that differs says so.",
        )
    return passed("plugin", f"{device.plugin.label}, plugin API {api[0]}.{api[1]}")


def check_entry_point(device: Device) -> CheckResult:
    """Whether an entry point leads to the package, so that an SDK beside it finds it."""
    package = device.package
    if package is None:
        return failed("entry point", "the plugin is no package", "Give it a folder of its own.")
    found = [*_installed(package), *_written(package)]
    if not found:
        wanted = f'[project.entry-points.{GROUP}] {device.spec.name} = "{package}"'
        return failed(
            "entry point",
            f"none in the group {GROUP} leads to {package}",
            f"Write into pyproject.toml: {wanted}",
        )
    return passed("entry point", f"{found[0].name} = {found[0].value}")


def check_files(device: Device) -> CheckResult:
    """Whether the URDF and what it names lie in the package, and so in its wheel."""
    assert device.package is not None
    folder = Path(str(files(device.package))).resolve()
    urdf = Path(str(device.spec.urdf)).resolve()
    if not urdf.is_relative_to(folder):
        return failed(
            "files",
            f"{urdf} is not in the package {device.package}, and so in no wheel of it",
            'Put it there, and name it by files(__name__) / "urdf" / ....',
        )
    return passed("files", f"{urdf.relative_to(folder)} in {device.package}")


def check_drivers(device: Device) -> CheckResult:
    """Whether every driver can be imported and is one, and every emulator can be imported."""
    if not device.drivers:
        return passed("drivers", "none: it moves in simulation only")
    for wire in device.drivers:
        try:
            driver = device.load("driver", wire)
        except PluginError as error:
            return refused("drivers", error)
        if not (isinstance(driver, type) and issubclass(driver, Driver)):
            text = f"'{wire}' leads to {device.drivers[wire]}, which is no Driver"
            return failed("drivers", text, "Inherit from xlvla_sdk.drivers.Driver.")
    for wire in device.emulators:
        try:
            device.load("emulator", wire)
        except PluginError as error:
            return refused("drivers", error)
    said = [
        wire if wire in device.emulators else f"{wire} (not emulated)" for wire in device.drivers
    ]
    return passed("drivers", ", ".join(said))


def check_terms(device: Device) -> CheckResult:
    """Whether it is said where the numbers are from, and under which terms they may be used."""
    spec = device.spec
    if len(spec.source.strip()) < 10 or "TODO" in spec.source:
        text = f"`source` says {spec.source!r}"
        return failed("terms", text, "Name the data sheet or the file, and its version.")
    if spec.license.strip().lower() in NO_LICENSE:
        text = f"`license` says {spec.license!r}"
        return failed("terms", text, "Give an SPDX name, such as Apache-2.0, in the spec.")
    return passed("terms", f"{spec.license}; {spec.source}")


def _installed(package: str) -> list[EntryPoint]:
    return [entry for entry in entry_points(group=GROUP) if entry.value.split(":")[0] == package]


def _written(package: str) -> list[EntryPoint]:
    """Those in the pyproject.toml of a package that is not installed."""
    folder = project_of(package)
    if folder is None:
        return []
    try:
        said = tomllib.loads((folder / "pyproject.toml").read_text())
    except tomllib.TOMLDecodeError:
        return []
    named = said.get("project", {}).get("entry-points", {}).get(GROUP, {})
    entries = [EntryPoint(name, value, GROUP) for name, value in named.items()]
    return [entry for entry in entries if entry.value.split(":")[0] == package]
