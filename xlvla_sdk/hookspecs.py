"""The hooks a plugin implements: one for devices, one for kinds of cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import pluggy

from xlvla_sdk.specs import ArmSpec, HandSpec

GROUP = "xlvla_sdk"
"""The entry-point group, and the name of pluggy's project."""
PLUGIN_API = (1, 1)
"""(major, minor): a plugin's major must be ours, its minor not above ours. 1.1 added cameras."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@runtime_checkable  # for the checks while tests run
class Register(Protocol):
    """What a plugin calls for each of its devices."""

    def __call__(
        self,
        spec: HandSpec | ArmSpec,
        *,
        drivers: Mapping[str, str] | None = None,
        emulators: Mapping[str, str] | None = None,
    ) -> None:
        """Offers a device.

        Args:
            spec: What it is.
            drivers: Wire to 'module:Class'; imported when used.
            emulators: Wire to 'module:Class'; imported when used.
        """
        ...


@hookspec
def xlvla_register_devices(register: Register) -> None:
    """Calls `register(spec, drivers=...)` once for every device and side of the plugin.

    The plugin's module may say `PLUGIN_API = (1, 0)`, the version it was written for.
    Codecs that ship with it lie in its package's folder `codecs/`.
    """


@runtime_checkable
class RegisterCamera(Protocol):
    """What a plugin calls for each of its kinds of cameras."""

    def __call__(self, wire: str, camera: str) -> None:
        """Offers a kind of camera.

        Args:
            wire: What its addresses begin with, as in `acme-eye:SERIAL?fps=30`.
            camera: 'module:Class' of a `Camera`, imported when used; it is made with the address
                and a function that gives the time [s].
        """
        ...


@hookspec
def xlvla_register_cameras(register: RegisterCamera) -> None:
    """Calls `register(wire, camera)` once for every kind of camera of the plugin.

    A plugin has this hook, the one for devices, or both.
    """
