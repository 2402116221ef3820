"""Rows of one hand's raw joints that move another hand, by kinematic retargeting."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.refining import refine, refine_each
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.specs import Embodiment, HandSpec


class Retargeted(Raw1):
    """raw-1 of a hand that is not there: its joints stand in the rows, another hand has them done.

    Both ways begin at the latent's answer and go by damped least squares to the posture with the same
    thumb-to-finger vectors. A measured posture is a row by itself; a chunk is a motion.

    Args:
        embodiment: The body that moves; it has one hand.
        shown: The hand whose joints the rows hold.
        source: Its codec.
        target: The codec of the hand that moves.
    """

    def __init__(
        self, embodiment: Embodiment, shown: HandSpec, source: LatentCodec, target: LatentCodec
    ) -> None:
        super().__init__(embodiment)
        self._shown, self._source, self._target = shown, source, target

    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]:
        hand.check_limits(qpos)
        rows = np.clip(np.atleast_2d(qpos), *hand.limits)
        mine, theirs = self._target.kinematics, self._source.kinematics
        begin = self._source.decode(self._target.encode(rows))
        found = refine_each(mine, rows, theirs, begin)[0]
        block = super()._encode_hand(self._shown, found)
        return block.reshape(*qpos.shape[:-1], block.shape[-1])

    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]:
        said = super()._decode_hand(self._shown, block)
        rows = np.clip(np.atleast_2d(said), *self._shown.limits)
        mine, theirs = self._source.kinematics, self._target.kinematics
        begin = self._target.decode(self._source.encode(rows))
        found = np.clip(refine(mine, rows, theirs, begin), *hand.limits)
        return found.reshape(*block.shape[:-1], found.shape[-1])
