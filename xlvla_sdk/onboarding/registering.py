"""register: a plugin joins a running program, and its hands the latent space."""

from __future__ import annotations

from xlvla_sdk.onboarding.finding import find_codec
from xlvla_sdk.registry import Device, registry
from xlvla_sdk.specs import HandSpec


def register(
    plugin: object, *, onboard: bool = False, progress: bool | None = None
) -> tuple[Device, ...]:
    """Registers a plugin in the running program.

    Args:
        plugin: A module, or any object, that implements `xlvla_register_devices`.
        onboard: Whether each of its hands is given a codec now, trained where there is none;
            otherwise that happens at first use.
        progress: Whether training shows a bar on stderr; on a terminal when left out.

    Returns:
        The plugin's devices.

    Raises:
        PluginError: When the plugin cannot be used.
        XlvlaError: As find_codec does.
    """
    devices = registry().register_plugin(plugin)
    if onboard:
        for device in devices:
            if isinstance(device.spec, HandSpec):
                find_codec(device.spec, package=device.package, progress=progress)
    return devices
