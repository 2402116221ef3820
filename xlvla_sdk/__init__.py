"""One language for every dexterous robot hand.

Public names load on first use, so that importing the package costs nothing a caller does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PUBLIC = {
    "ArmSpec": "xlvla_sdk.specs",
    "Embodiment": "xlvla_sdk.specs",
    "HandSpec": "xlvla_sdk.specs",
    "LatentCodec": "xlvla_sdk.codec",
    "LatentSpace": "xlvla_sdk.codec",
    "Pose": "xlvla_sdk.specs",
    "Recording": "xlvla_sdk.messages",
    "Side": "xlvla_sdk.specs",
    "XlvlaError": "xlvla_sdk.errors",
    "find_codec": "xlvla_sdk.onboarding",
    "hand_from_urdf": "xlvla_sdk.specs",
    "hookimpl": "xlvla_sdk.hookspecs",
    "load_space": "xlvla_sdk.codec",
    "onboard": "xlvla_sdk.onboarding",
    "register": "xlvla_sdk.onboarding",
}

if TYPE_CHECKING:
    from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space
    from xlvla_sdk.errors import XlvlaError
    from xlvla_sdk.hookspecs import hookimpl
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.onboarding import find_codec, onboard, register
    from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec, Pose, Side, hand_from_urdf

__all__ = [
    "ArmSpec",
    "Embodiment",
    "HandSpec",
    "LatentCodec",
    "LatentSpace",
    "Pose",
    "Recording",
    "Side",
    "XlvlaError",
    "find_codec",
    "hand_from_urdf",
    "hookimpl",
    "load_space",
    "onboard",
    "register",
]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'xlvla_sdk' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
