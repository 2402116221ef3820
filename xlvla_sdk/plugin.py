"""One plugin: what it offers, asked for so that its faults stay its own."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pluggy

from xlvla_sdk import hookspecs
from xlvla_sdk.errors import PluginError
from xlvla_sdk.hookspecs import GROUP, PLUGIN_API
from xlvla_sdk.specs import ArmSpec, HandSpec

Status = Literal["ok", "failed", "incompatible", "disabled", "duplicate"]


@dataclass(frozen=True)
class PluginInfo:
    """One plugin that was found, whether it could be used or not.

    Attributes:
        name: Its entry point's name.
        distribution: The distribution it came with, where there is one.
        version: That distribution's version.
        status: `ok`, or why its devices are not there.
        reason: What happened and how to mend it, unless `ok`.
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    status: Status = "ok"
    reason: str | None = None

    @property
    def label(self) -> str:
        """Distribution and version, else the name."""
        return f"{self.distribution} {self.version}" if self.distribution else self.name


@dataclass(frozen=True)
class Device:
    """A hand or an arm, as its plugin offered it.

    Attributes:
        spec: What it is.
        plugin: Who offered it.
        drivers: Wire to 'module:Class'.
        emulators: Wire to 'module:Class'.
        package: The plugin's package, whose folder `codecs/` holds the codecs that ship with it.
    """

    spec: HandSpec | ArmSpec
    plugin: PluginInfo
    drivers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    emulators: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    package: str | None = None


def offered_devices(info: PluginInfo, plugin: object) -> tuple[Device, ...]:
    """What a plugin's hook offers.

    Args:
        info: The plugin, for its devices and for messages.
        plugin: Its module, or any object with the hook.

    Raises:
        PluginError: Whatever goes wrong in it; `status` is among the error's values when it is
            another than `failed`.
    """
    _check_api(info, plugin)
    devices: list[Device] = []

    def register(
        spec: HandSpec | ArmSpec,
        *,
        drivers: Mapping[str, str] | None = None,
        emulators: Mapping[str, str] | None = None,
    ) -> None:
        wires = [_wires(spec, "driver", drivers), _wires(spec, "emulator", emulators)]
        devices.append(Device(spec, info, *wires, package=_package(plugin)))

    # A manager of its own: pluggy ends a whole call at the first implementation that raises.
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, info.name)
        manager.check_pending()
        if not manager.hook.xlvla_register_devices.get_hookimpls():
            raise PluginError("it has no xlvla_register_devices. Write one, marked @hookimpl.")
        manager.hook.xlvla_register_devices(register=register)
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(fault(error)) from error
    return tuple(devices)


def fault(error: BaseException) -> str:
    """What was raised, and in which line of the plugin."""
    what = f"{type(error).__name__}: {error}".rstrip(".")
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((_OURS, "<"))
        and not {"importlib", "pluggy"} & set(Path(frame.filename).parts)
    ]
    if not frames:
        return f"{what}."
    folder = Path(frames[0].filename).parent  # the plugin's: it is called before all it calls
    last = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)][-1]
    return f"{what} ({folder.name}/{Path(last.filename).name}, line {last.lineno})."


_OURS = str(Path(__file__).parent)


def _check_api(info: PluginInfo, plugin: object) -> None:
    theirs = getattr(plugin, "PLUGIN_API", PLUGIN_API)
    pair = isinstance(theirs, tuple) and [type(number) for number in theirs] == [int, int]
    if not pair:
        raise PluginError(f"PLUGIN_API is {theirs!r}. Write (major, minor), as {PLUGIN_API}.")
    if theirs[0] == PLUGIN_API[0] and theirs[1] <= PLUGIN_API[1]:
        return
    old = "xlvla-sdk" if theirs > PLUGIN_API else info.distribution or f"plugin '{info.name}'"
    wanted, ours = (".".join(map(str, version)) for version in (theirs, PLUGIN_API))
    raise PluginError(
        f"it was written for plugin API {wanted}, this xlvla-sdk has {ours}. Upgrade {old}.",
        status="incompatible",
    )


def _wires(
    spec: HandSpec | ArmSpec, what: str, given: Mapping[str, str] | None
) -> Mapping[str, str]:
    for wire, target in (given or {}).items():
        module, _, name = str(target).partition(":")
        if not (module.replace(".", "").isidentifier() and name.isidentifier()):
            raise PluginError(f"{spec.id}: {what} '{wire}' is {target!r}. Write 'module:Class'.")
    return MappingProxyType(dict(given or {}))


def _package(plugin: object) -> str | None:
    if hasattr(plugin, "__path__"):
        return getattr(plugin, "__name__", None)
    return getattr(plugin, "__package__", None) or None
