"""Where codecs lie on this computer."""

from __future__ import annotations

from pathlib import Path

from xlvla_sdk.storage import data_folder


def codec_name(hand: str) -> str:
    """The file name of a hand's codec: `xhand:right` is `xhand-right.safetensors`."""
    return f"{hand.replace(':', '-')}.safetensors"


def user_codec(space: str, hand: str) -> Path:
    """Where the codec of a hand in a space (its id) is kept for this user."""
    return data_folder() / "codecs" / space / codec_name(hand)
