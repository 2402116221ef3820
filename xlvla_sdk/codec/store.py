"""Where codecs and spaces lie on this computer."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The user's data folder: `XLVLA_DATA`, else the platform's own place."""
    given = os.environ.get("XLVLA_DATA")
    return Path(given) if given else platformdirs.user_data_path("xlvla")


def codec_name(hand: str) -> str:
    """The file name of a hand's codec: `xhand:right` is `xhand-right.safetensors`."""
    return f"{hand.replace(':', '-')}.safetensors"


def user_codec(space: str, hand: str) -> Path:
    """Where the codec of a hand in a space (its id) is kept for this user."""
    return data_folder() / "codecs" / space / codec_name(hand)
