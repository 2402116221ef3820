"""A latent space of the installed right hands that was never trained, for tests of what uses one."""

from __future__ import annotations

from pathlib import Path

from tests.codecs import small_codec
from tests.registered import right_hands
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import save_space, space_hash


def toy_space(name: str = "toy-1") -> LatentSpace:
    """Every installed right hand, its latent its own normalised joints."""
    plain = {hand.id: small_codec(hand) for hand in right_hands()}
    digest = space_hash({hand: (c.kinematics, codec_tensors(c)) for hand, c in plain.items()})
    named = f"{name}@{digest[:8]}"
    codecs = {hand.id: small_codec(hand, named) for hand in right_hands()}
    return LatentSpace(name, digest, codecs, {})


def save_toy_space(folder: Path, name: str = "toy-1") -> Path:
    """Writes the space; returns its file."""
    save_space(toy_space(name), folder)
    return folder / f"{name}.safetensors"
