"""The hands and arms of the plugins that are installed, for tests that walk them."""

from __future__ import annotations

from functools import cache

from xlvla_sdk.registry import Registry, load_registry
from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec, Side


@cache
def hands() -> tuple[HandSpec, ...]:
    """Every plugin's hands, right and left."""
    specs = [device.spec for device in _registry().devices.values() if device.package]
    return tuple(spec for spec in specs if isinstance(spec, HandSpec))


def right_hands() -> list[HandSpec]:
    """Every plugin's right hand."""
    return [spec for spec in hands() if spec.side is Side.RIGHT]


@cache
def arms() -> tuple[ArmSpec, ...]:
    """Every plugin's arms."""
    specs = [device.spec for device in _registry().devices.values() if device.package]
    return tuple(spec for spec in specs if isinstance(spec, ArmSpec))


@cache
def embodiment(name: str) -> Embodiment:
    """A body of the plugins' devices, as in `xarm7+xhand:right`."""
    return _registry().embodiment(name)


@cache
def _registry() -> Registry:
    return load_registry()
