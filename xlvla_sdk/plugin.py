"""One plugin: what it offers, asked for so that its faults stay its own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

import pluggy

from xlvla_sdk import hookspecs
from xlvla_sdk.drivers import Address, Camera, Driver
from xlvla_sdk.errors import PluginError, XlvlaError
from xlvla_sdk.hookspecs import GROUP, PLUGIN_API, Register, RegisterCamera
from xlvla_sdk.specs import ArmSpec, HandSpec

T = TypeVar("T")
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
        api: The hooks it was written for, (major, minor); None where it does not say, or nobody
            could ask.
        origin: The folder that its module lies in; None where it was not imported.
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    status: Status = "ok"
    reason: str | None = None
    api: tuple[int, int] | None = None
    origin: str | None = None

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

    def load(self, what: Literal["driver", "emulator"], wire: str) -> type:
        """The class behind a wire, imported now.

        Raises:
            PluginError: No such wire, or the class cannot be imported, naming the plugin.
        """
        offered = self.drivers if what == "driver" else self.emulators
        if wire not in offered:
            raise PluginError(
                f"{self.spec.id} has no {what} for '{wire}'. It has: {', '.join(offered) or 'none'}.",
                wires=tuple(offered),
            )
        return _imported(offered[wire], self.plugin)

    def driver(self, address: Address) -> Driver:
        """The driver of this device at an address, by the address's wire; opens nothing.

        Raises:
            PluginError: No driver for that wire, naming those that there are; or it cannot be
                imported or built, naming the plugin.
            DriverError: From the driver, for a place or an option that it does not understand.
        """
        make = self.load("driver", address.wire)
        return _built(self.plugin, self.drivers[address.wire], make, self.spec, address)


@dataclass(frozen=True)
class CameraKind:
    """A kind of camera, as its plugin offered it.

    Attributes:
        wire: What its addresses begin with.
        target: 'module:Class'.
        plugin: Who offered it.
    """

    wire: str
    target: str
    plugin: PluginInfo

    def camera(self, address: Address, now: Callable[[], float]) -> Camera:
        """The camera at an address; opens nothing.

        Args:
            address: Of this wire.
            now: Gives the time of its frames [s].

        Raises:
            PluginError: It cannot be imported or built, naming the plugin.
            DriverError: From the camera, for a place or an option that it does not understand.
        """
        return _built(self.plugin, self.target, _imported(self.target, self.plugin), address, now)


@dataclass(frozen=True)
class Offer:
    """All that one plugin offers."""

    devices: tuple[Device, ...] = ()
    cameras: tuple[CameraKind, ...] = ()


def offer_of(info: PluginInfo, plugin: object) -> Offer:
    """What a plugin's hooks offer.

    Args:
        info: The plugin, for what it offers and for messages.
        plugin: Its module, or any object with a hook.

    Raises:
        PluginError: Whatever goes wrong in it; `status` is among the error's values when it is
            another than `failed`.
    """
    _check_api(info, plugin)
    devices: list[Device] = []
    cameras: list[CameraKind] = []

    def register(
        spec: HandSpec | ArmSpec,
        *,
        drivers: Mapping[str, str] | None = None,
        emulators: Mapping[str, str] | None = None,
    ) -> None:
        wires = [_wires(spec.id, "driver", drivers), _wires(spec.id, "emulator", emulators)]
        devices.append(Device(spec, info, *wires, package=_package(plugin)))

    def register_camera(wire: str, camera: str) -> None:
        _wires("a camera", "wire", {wire: camera})
        cameras.append(CameraKind(wire, camera, info))

    _call_hooks(info, plugin, register, register_camera)
    return Offer(tuple(devices), tuple(cameras))


def _call_hooks(
    info: PluginInfo, plugin: object, register: Register, register_camera: RegisterCamera
) -> None:
    # A manager of its own: pluggy ends a whole call at the first implementation that raises.
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, info.name)
        manager.check_pending()
        if not manager.get_hookcallers(plugin):
            raise PluginError(
                "it has no xlvla_register_devices and no xlvla_register_cameras. Write one, marked "
                "@hookimpl."
            )
        manager.hook.xlvla_register_devices(register=register)
        manager.hook.xlvla_register_cameras(register=register_camera)
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(fault(error)) from error


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


def _imported(target: str, plugin: PluginInfo) -> type:
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(module), name)
    except XlvlaError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"{plugin.label}: {target}: {fault(error)}") from error


def _built(plugin: PluginInfo, target: str, make: Callable[..., T], *given: object) -> T:
    try:
        return make(*given)
    except XlvlaError:
        raise
    except Exception as error:
        raise PluginError(f"{plugin.label}: {target}: {fault(error)}") from error


_OURS = str(Path(__file__).parent)


def api_of(plugin: object) -> tuple[int, int] | None:
    """The hooks that a plugin says it was written for; None where it says nothing, or no pair."""
    said = getattr(plugin, "PLUGIN_API", None)
    pair = isinstance(said, tuple) and [type(number) for number in said] == [int, int]
    return said if pair else None


def origin_of(plugin: object) -> str | None:
    """The folder of a plugin's module; None for an object that has none."""
    file = getattr(plugin, "__file__", None)
    return None if file is None else str(Path(file).parent)


def _check_api(info: PluginInfo, plugin: object) -> None:
    theirs = getattr(plugin, "PLUGIN_API", PLUGIN_API)
    if theirs is not PLUGIN_API and api_of(plugin) is None:
        raise PluginError(f"PLUGIN_API is {theirs!r}. Write (major, minor), as {PLUGIN_API}.")
    if theirs[0] == PLUGIN_API[0] and theirs[1] <= PLUGIN_API[1]:
        return
    old = "xlvla-sdk" if theirs > PLUGIN_API else info.distribution or f"plugin '{info.name}'"
    wanted, ours = (".".join(map(str, version)) for version in (theirs, PLUGIN_API))
    raise PluginError(
        f"it was written for plugin API {wanted}, this xlvla-sdk has {ours}. Upgrade {old}.",
        status="incompatible",
    )


def _wires(whose: str, what: str, given: Mapping[str, str] | None) -> Mapping[str, str]:
    for wire, target in (given or {}).items():
        module, _, name = str(target).partition(":")
        if not (module.replace(".", "").isidentifier() and name.isidentifier()):
            raise PluginError(f"{whose}: {what} '{wire}' is {target!r}. Write 'module:Class'.")
    return MappingProxyType(dict(given or {}))


def _package(plugin: object) -> str | None:
    if hasattr(plugin, "__path__"):
        return getattr(plugin, "__name__", None)
    return getattr(plugin, "__package__", None) or None
