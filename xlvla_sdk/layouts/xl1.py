"""xl-1: the latent of each hand, so that a row means the same on every body."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.specs import Embodiment, HandSpec


class XL1(Layout):
    """Per hand, right first, its latent (32): one hand 32 columns, two hands 64.

    Args:
        embodiment: The body the rows are of.
        codecs: Hand id to its codec; all in one latent space.

    Raises:
        SpecError: When the embodiment has an arm.
        CodecMismatch: When a hand has no codec, one of another hand, or one of another space.
    """

    name = "xl-1"

    def __init__(self, embodiment: Embodiment, codecs: Mapping[str, LatentCodec]) -> None:
        super().__init__(embodiment)
        self._codecs = {hand.id: _codec_of(hand, codecs) for hand in embodiment.hands}
        spaces = {hand: codec.space for hand, codec in self._codecs.items()}
        if len(set(spaces.values())) > 1:
            said = ", ".join(f"{hand} in {space}" for hand, space in spaces.items())
            raise CodecMismatch(
                f"{embodiment.name}: the hands' codecs are of different latent spaces ({said}). "
                "Onboard both in one space."
            )

    @property
    def space(self) -> str:
        """Id of the latent space, `name@hash8`."""
        return self._any_codec.space

    @property
    def hand_width(self) -> int:
        """Width of the latent."""
        return self._any_codec.width

    @property
    def _any_codec(self) -> LatentCodec:
        return next(iter(self._codecs.values()))

    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]:
        return self._codecs[hand.id].encode(qpos)

    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]:
        return self._codecs[hand.id].decode(block)


def _codec_of(hand: HandSpec, codecs: Mapping[str, LatentCodec]) -> LatentCodec:
    if hand.id not in codecs:
        raise CodecMismatch(
            f"{hand.id}: has no codec among those given ({', '.join(codecs) or 'none'}). "
            f"Run `xlvla onboard {hand.id}`."
        )
    codecs[hand.id].require(shared_kinematics(hand), hand.id)
    return codecs[hand.id]
