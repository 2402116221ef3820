"""The hands of the plugins that are installed, for tests that walk them."""

from __future__ import annotations

from xlvla_sdk.registry import load_registry
from xlvla_sdk.specs import HandSpec, Side


def right_hands() -> list[HandSpec]:
    """Every plugin's right hand."""
    specs = [device.spec for device in load_registry().devices.values() if device.package]
    return [spec for spec in specs if isinstance(spec, HandSpec) and spec.side is Side.RIGHT]
