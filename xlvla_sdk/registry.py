"""Finds the installed plugins, one isolated from the other, and answers for devices by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from xlvla_sdk import __version__
from xlvla_sdk.drivers import Address, Camera, Driver
from xlvla_sdk.drivers.placing import placed
from xlvla_sdk.errors import DriverError, PluginError, UnknownDevice, XlvlaError
from xlvla_sdk.hookspecs import GROUP
from xlvla_sdk.plugin import (
    CameraKind,
    Device,
    Offer,
    PluginInfo,
    api_of,
    fault,
    offer_of,
    origin_of,
)
from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec, Side
from xlvla_sdk.specs.naming import parse_embodiment
from xlvla_sdk.specs.saved import hands_folder, load_hand

K = TypeVar("K", Device, CameraKind)
DATA_FOLDER = "data folder"
"""The name under which hands kept without a plugin are listed."""

__all__ = [
    "DATA_FOLDER",
    "CameraKind",
    "Device",
    "PluginInfo",
    "Registry",
    "load_registry",
    "registry",
]

_SDK = PluginInfo("xlvla-sdk", "xlvla-sdk", __version__)
_OWN_CAMERAS = (
    CameraKind("v4l2", "xlvla_sdk.drivers.v4l2:V4l2Camera", _SDK),
    CameraKind("video", "xlvla_sdk.drivers.video_file:VideoFile", _SDK),
)
SIMULATED_CAMERA = "mujoco"
"""The wire of cameras that a simulation has, and no plugin can offer."""


class Registry:
    """The devices of this process, and the plugins they came from."""

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}
        self._cameras = {kind.wire: kind for kind in _OWN_CAMERAS}
        self._plugins: list[PluginInfo] = []
        self._registered: list[tuple[object, tuple[Device, ...]]] = []

    @property
    def devices(self) -> Mapping[str, Device]:
        """Every device by its id (`xhand:right`, `xarm7`), in the order they were offered."""
        return MappingProxyType(self._devices)

    @property
    def cameras(self) -> Mapping[str, CameraKind]:
        """Every kind of camera by its wire (`v4l2`), ours first."""
        return MappingProxyType(self._cameras)

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """Every plugin that was found, with its status."""
        return tuple(self._plugins)

    def device(self, name: str) -> Device:
        """A device by its id; UnknownDevice, naming the nearest, when there is none."""
        if name not in self._devices:
            raise UnknownDevice(self._unknown(name), device=name)
        return self._devices[name]

    def hand(self, name: str) -> HandSpec:
        """A hand by its id; UnknownDevice when there is none, or it is an arm."""
        spec = self.device(name).spec
        if not isinstance(spec, HandSpec):
            raise UnknownDevice(f"'{name}' is an arm, wanted is a hand. {self._those(HandSpec)}")
        return spec

    def arm(self, name: str) -> ArmSpec:
        """An arm by its id; UnknownDevice when there is none, or it is a hand."""
        spec = self.device(name).spec
        if not isinstance(spec, ArmSpec):
            raise UnknownDevice(f"'{name}' is a hand, wanted is an arm. {self._those(ArmSpec)}")
        return spec

    def embodiment(self, text: str) -> Embodiment:
        """The body that a text names, as `parse_embodiment` reads it.

        Raises:
            UnknownDevice: When a device is not registered.
            SpecError: When the text is no embodiment.
        """
        return parse_embodiment(text, self._find)

    def drivers(
        self,
        body: Embodiment,
        addresses: Sequence[str] = (),
        known: Mapping[str, str] | None = None,
        sdk_python: str | None = None,
    ) -> list[Driver]:
        """The drivers of a body's devices, in their order; opens nothing.

        Args:
            body: Whose.
            addresses: `DEVICE=ADDRESS`, as `placed` reads them.
            known: Addresses by device, from a station, for those not among them.
            sdk_python: The interpreter that has the maker's SDK: option `python` of those addresses
                on the wire `sdk` that do not name one.

        Raises:
            DriverError: A device without an address, or a text that is none.
            PluginError: No driver for an address's wire.
        """
        found = []
        for part, address in zip(body.parts, placed(body, addresses, known or {}), strict=True):
            device = self.device(part.id)
            if address is None:
                raise DriverError(
                    f"{part.id}: no address is given. {_reached(part.id, tuple(device.drivers))}",
                    device=part.id,
                )
            if sdk_python is not None and address.wire == "sdk":
                address = address.having("python", sdk_python)
            found.append(device.driver(address))
        return found

    def camera(self, address: Address, now: Callable[[], float]) -> Camera:
        """The camera at an address; opens nothing.

        Args:
            address: Its wire chooses the kind.
            now: Gives the time of its frames [s].

        Raises:
            DriverError: No kind of camera has that wire, or the address is not understood.
            PluginError: The kind cannot be imported or built.
        """
        if address.wire == SIMULATED_CAMERA:
            raise DriverError(
                f"{address.wire}:{address.place} is a camera of the simulation, and there is none. "
                "Run with --driver mujoco, or name a real camera."
            )
        if address.wire not in self._cameras:
            raise DriverError(
                f"no camera has the wire '{address.wire}'. There are: {', '.join(self._cameras)}."
            )
        return self._cameras[address.wire].camera(address, now)

    def register_plugin(self, plugin: object, name: str | None = None) -> tuple[Device, ...]:
        """Registers a plugin in the running program; one that is there already is left alone.

        Args:
            plugin: A module, or any object, that implements the hook.
            name: What to call it; the module's name when left out.

        Returns:
            Its devices.

        Raises:
            PluginError: When it cannot be used; then nothing of it is registered.
        """
        for known, devices in self._registered:
            if known is plugin:
                return devices
        info = PluginInfo(name or getattr(plugin, "__name__", type(plugin).__name__))
        info = self._add(info, plugin)
        if info.status != "ok":
            raise PluginError(f"plugin '{info.name}' {info.status}: {info.reason}", plugin=info)
        return self._registered[-1][1]

    def add_entry_point(self, entry: EntryPoint) -> PluginInfo:
        """Imports and registers an installed plugin; what goes wrong is in the answer."""
        info = PluginInfo(entry.name)
        if entry.dist is not None:
            info = replace(info, distribution=entry.dist.name, version=entry.dist.version)
        if not _selected(entry.name):
            reason = "XLVLA_PLUGINS does not name it. Add it there, or unset the variable."
            return self._note(replace(info, status="disabled", reason=reason))
        if twin := next((known for known in self._plugins if known.name == entry.name), None):
            reason = f"{twin.label} has a plugin of this name too. Uninstall one of the two."
            return self._note(replace(info, status="duplicate", reason=reason))
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:
            reason = f"{fault(error)} `python -c 'import {entry.module}'` shows it whole."
            return self._note(replace(info, status="failed", reason=reason))
        return self._add(info, plugin)

    def add_saved(self, folder: Path) -> PluginInfo:
        """Registers a hand kept in the data folder; what goes wrong is in the answer."""
        info = PluginInfo(DATA_FOLDER)
        try:
            self._keep(Offer((Device(load_hand(folder), info),)))
        except XlvlaError as error:
            return self._note(_refused(info, error, f"{folder.name}: {error.message}"))
        return info if info in self._plugins else self._note(info)

    def add_missing(self, name: str) -> PluginInfo:
        """Notes a plugin that XLVLA_PLUGINS names and that is not installed."""
        reason = "XLVLA_PLUGINS names it, but it is not installed. Install it, or leave it out."
        return self._note(PluginInfo(name, status="failed", reason=reason))

    def _add(self, info: PluginInfo, plugin: object) -> PluginInfo:
        info = replace(info, api=api_of(plugin), origin=origin_of(plugin))
        try:
            offer = offer_of(info, plugin)
            self._keep(offer)
        except PluginError as error:
            return self._note(_refused(info, error, error.message))
        self._registered.append((plugin, offer.devices))
        return self._note(info)

    def _keep(self, offer: Offer) -> None:
        """Takes all that a plugin offers or none."""
        devices = _unique(self._devices, [(d.spec.id, d) for d in offer.devices], "device")
        cameras = _unique(self._cameras, [(kind.wire, kind) for kind in offer.cameras], "wire")
        if SIMULATED_CAMERA in cameras:
            raise PluginError(f"'{SIMULATED_CAMERA}' is kept for simulations. Rename the wire.")
        self._devices |= devices
        self._cameras |= cameras

    def _note(self, info: PluginInfo) -> PluginInfo:
        self._plugins.append(info)
        if os.environ.get("XLVLA_STRICT_PLUGINS") == "1" and info.status not in ("ok", "disabled"):
            raise PluginError(f"plugin '{info.name}' {info.status}: {info.reason}", plugin=info)
        return info

    def _find(self, name: str, side: Side | None) -> HandSpec | ArmSpec:
        """On that side, else one without sides; without a side, whichever has the name."""
        candidates = [f"{name}:{side}", name] if side else [name, *(f"{name}:{s}" for s in Side)]
        for candidate in candidates:
            if candidate in self._devices:
                return self._devices[candidate].spec
        return self.device(candidates[0]).spec

    def _unknown(self, name: str) -> str:
        near = [known for known in self._devices if known.split(":")[0] == name]
        near = near or get_close_matches(name, self._devices, n=1, cutoff=0.5)
        said = [f"no device is called '{name}'."]
        if near:
            said.append(f"Did you mean {' or '.join(repr(known) for known in near)}?")
        for info in self._plugins:
            if info.status not in ("ok", "disabled"):
                said.append(f"Plugin '{info.name}' is not there ({info.status}): {info.reason}")
        if off := [info.name for info in self._plugins if info.status == "disabled"]:
            said.append(f"Disabled by XLVLA_PLUGINS: {', '.join(off)}.")
        return " ".join([*said, "`xlvla devices` lists them all."])

    def _those(self, kind: type[HandSpec | ArmSpec]) -> str:
        names = [name for name, device in self._devices.items() if isinstance(device.spec, kind)]
        return f"There are: {', '.join(names) or 'none'}."


def _unique(known: Mapping[str, K], offered: Iterable[tuple[str, K]], what: str) -> dict[str, K]:
    fresh: dict[str, K] = {}
    for name, one in offered:
        if other := known.get(name) or fresh.get(name):
            raise PluginError(
                f"'{name}' is registered already, by {other.plugin.label}. "
                f"Rename the {what}, or uninstall or disable one of the two.",
                status="duplicate",
            )
        fresh[name] = one
    return fresh


def _reached(device: str, wires: tuple[str, ...]) -> str:
    if not wires:
        return "Its plugin has no driver: it moves in simulation only."
    return (
        f"Write --address {device}={wires[0]}:... (its wires: {', '.join(wires)}), or name a "
        "--station file. `xlvla scan` looks for devices."
    )


def _refused(info: PluginInfo, error: XlvlaError, reason: str) -> PluginInfo:
    return replace(info, status=error.values.get("status", "failed"), reason=reason)


@cache
def registry() -> Registry:
    """The process's registry: every installed plugin, loaded at first use."""
    return load_registry()


def load_registry(found: Iterable[EntryPoint] | None = None) -> Registry:
    """A new registry, from the plugins found and the hands in the data folder.

    Args:
        found: Entry points; those of the installed distributions when left out.

    Raises:
        PluginError: Only with XLVLA_STRICT_PLUGINS=1, for the first plugin that cannot be used.
    """
    new = Registry()
    entries = sorted(
        entry_points(group=GROUP) if found is None else found,
        key=lambda entry: (entry.name, entry.dist.name if entry.dist else ""),
    )
    for entry in entries:
        new.add_entry_point(entry)
    installed = {entry.name for entry in entries} | {DATA_FOLDER}
    for name in sorted((_selection() or set()) - installed):
        new.add_missing(name)
    if _selected(DATA_FOLDER):
        for folder in sorted(hands_folder().glob("[!.]*/")):
            new.add_saved(folder)
    return new


def _selection() -> set[str] | None:
    given = os.environ.get("XLVLA_PLUGINS")
    return None if given is None else {name.strip() for name in given.split(",")} - {""}


def _selected(name: str) -> bool:
    selection = _selection()
    return selection is None or name in selection
