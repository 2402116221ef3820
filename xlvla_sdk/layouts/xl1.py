"""xl-1: the latent of each hand, so that a row means the same on every body."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import CodecMismatch, SpecError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.specs import Embodiment, HandSpec, Station


class XL1(Layout):
    """Per side, right first: the hand's latent (32), then the arm's pose (9) where there is an arm.

    The arm's pose is the pinch point [m] and two columns of the palm's rotation, in the task
    frame; on a side without a hand the flange's. One hand takes 32 columns, two hands 64, an arm
    with a hand 41, two of them 82.

    Args:
        embodiment: The body the rows are of.
        codecs: Hand id to its codec; all in one latent space.
        station: Where its arms stand and how its hands are mounted; the specs' own when left out.

    Raises:
        SpecError: When the body has no hand, or nothing says where an arm or a hand on it is.
        CodecMismatch: When a hand has no codec, one of another hand, or one of another space.
    """

    name = "xl-1"

    def __init__(
        self,
        embodiment: Embodiment,
        codecs: Mapping[str, LatentCodec],
        station: Station | None = None,
    ) -> None:
        if not embodiment.hands:
            raise SpecError(
                f"{embodiment.name}: has no hand, so layout {self.name} has nothing to say. Its layout "
                "is arm-1."
            )
        self._codecs = {hand.id: _codec_of(hand, codecs) for hand in embodiment.hands}
        spaces = {hand: codec.space for hand, codec in self._codecs.items()}
        if len(set(spaces.values())) > 1:
            said = ", ".join(f"{hand} in {space}" for hand, space in spaces.items())
            raise CodecMismatch(
                f"{embodiment.name}: the hands' codecs are of different latent spaces ({said}). "
                "Onboard both in one space."
            )
        super().__init__(embodiment, station)

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
