"""The checks of a device as a list of what is to be made, for a command line and for pytest alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from xlvla_sdk.checks import docs, manifest, motion, simulated
from xlvla_sdk.checks.declared import Declared
from xlvla_sdk.checks.device import Locate
from xlvla_sdk.checks.result import Check, CheckResult, exempted
from xlvla_sdk.checks.suite import Named, described
from xlvla_sdk.plugin import Device
from xlvla_sdk.specs import HandSpec, Side


def plan(
    found: Device, fellows: Mapping[str, Device], declared: Declared, locate: Locate
) -> list[Check]:
    """Every check of a device that opens nothing and trains nothing.

    Args:
        found: The device.
        fellows: The plugin's devices by id, among them the other side.
        declared: What its package declares.
        locate: Finds a hand's codec without training one.
    """
    named = described(found.spec, locate) + _moving(found, fellows, declared) + _packed(found)
    return [
        Check(name, group, found.spec.id, partial(_made, make, name, found, declared))
        for group, name, make in named
    ]


def other_side(found: Device, fellows: Mapping[str, Device]) -> Device | None:
    """The same device on the other side, where it has one."""
    side = found.spec.side
    if side is None:
        return None
    return fellows.get(f"{found.spec.name}:{Side.LEFT if side is Side.RIGHT else Side.RIGHT}")


def _made(
    make: Callable[[], CheckResult], name: str, found: Device, declared: Declared
) -> CheckResult:
    return exempted(make(), declared.reason(name, found.spec.id, found.spec.name))


def _moving(found: Device, fellows: Mapping[str, Device], declared: Declared) -> list[Named]:
    spec, other = found.spec, other_side(found, fellows)
    named: list[Named] = [
        ("kinematics", "derivatives", partial(motion.check_derivatives, spec)),
        ("safety", "simulated", partial(simulated.check_simulated, spec)),
    ]
    if not isinstance(spec, HandSpec) or spec.side is Side.LEFT or other is None:
        return named
    assert isinstance(other.spec, HandSpec)
    mirror = partial(motion.check_mirror, spec, other.spec, declared.thumb_deviation.get(spec.name))
    return [*named, ("kinematics", "mirror", mirror)]


def _packed(found: Device) -> list[Named]:
    if found.package is None:  # a hand of the data folder is no package
        return []
    return [
        ("manifest", "plugin", partial(manifest.check_plugin, found)),
        ("manifest", "entry point", partial(manifest.check_entry_point, found)),
        ("manifest", "files", partial(manifest.check_files, found)),
        ("manifest", "drivers", partial(manifest.check_drivers, found)),
        ("manifest", "terms", partial(manifest.check_terms, found)),
        ("wire", "emulators", partial(simulated.check_emulators, found)),
        ("docs", "docs", partial(docs.check_docs, found)),
        ("docs", "todo", partial(docs.check_todo, found)),
    ]
