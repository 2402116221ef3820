"""The hands of the plugins that are installed, for tests that walk them."""

from __future__ import annotations

from functools import cache

from xlvla_sdk.registry import load_registry
from xlvla_sdk.specs import HandSpec, Side


@cache
def hands() -> tuple[HandSpec, ...]:
    """Every plugin's hands, right and left."""
    specs = [device.spec for device in load_registry().devices.values() if device.package]
    return tuple(spec for spec in specs if isinstance(spec, HandSpec))


def right_hands() -> list[HandSpec]:
    """Every plugin's right hand."""
    return [spec for spec in hands() if spec.side is Side.RIGHT]
