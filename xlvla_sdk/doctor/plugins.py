"""Which plugins cannot be used, and which drivers cannot be imported."""

from __future__ import annotations

from collections.abc import Iterator

from xlvla_sdk.checks.manifest import check_drivers
from xlvla_sdk.doctor.health import Health
from xlvla_sdk.registry import Registry


def look_at_plugins(found: Registry) -> Iterator[Health]:
    """Every plugin: its devices, or why they are not there; then drivers that cannot be imported.

    Args:
        found: The registry to look through.
    """
    if not found.plugins:
        mend = "Install one, as `pip install xlvla-inspire`, or `xlvla new` for a hand of your own."
        yield Health("plugins", "warn", "none is installed", mend)
    for info in found.plugins:
        devices = [name for name, device in found.devices.items() if device.plugin == info]
        if info.status == "ok":
            said = f"{info.label}: {' '.join(devices) or 'no device'}"
            yield Health(f"plugin {info.name}", "ok", said)
            continue
        what, _, mend = (info.reason or "").partition(". ")
        state = "warn" if info.status == "disabled" else "fail"
        text = f"{info.label} {info.status}: {what.rstrip('.')}"
        yield Health(f"plugin {info.name}", state, text, mend or "See `xlvla plugins`.")
    yield from _drivers(found)


def _drivers(found: Registry) -> Iterator[Health]:
    """One line for each driver that cannot be imported."""
    said: set[str] = set()
    for device in found.devices.values():
        result = check_drivers(device)
        if not result.ok and result.text not in said:
            said.add(result.text)
            yield Health(f"driver {device.spec.name}", "fail", result.text, result.mend)
