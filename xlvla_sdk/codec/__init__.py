"""Hand posture to shared latent and back, and the files that hold it; numpy, no torch."""

from xlvla_sdk.codec.codec import LatentCodec
from xlvla_sdk.codec.file import load_codec, save_codec
from xlvla_sdk.codec.space import DEFAULT_SPACE, LatentSpace, load_space

__all__ = ["DEFAULT_SPACE", "LatentCodec", "LatentSpace", "load_codec", "load_space", "save_codec"]
