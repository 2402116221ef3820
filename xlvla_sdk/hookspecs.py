"""The one hook a plugin implements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import pluggy

from xlvla_sdk.specs import ArmSpec, HandSpec

GROUP = "xlvla_sdk"
"""The entry-point group, and the name of pluggy's project."""
PLUGIN_API = (1, 0)
"""(major, minor): a plugin's major must be ours, its minor not above ours."""

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
