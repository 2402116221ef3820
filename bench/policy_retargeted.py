"""Rows of one hand's raw joints that move another hand, by kinematic retargeting."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.refining import refine_each
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.specs import Embodiment, HandSpec

STEPS = 12
"""Of least squares from one row to the next, which come fifty times a second; with six, pinches stay 4 mm open."""


class Retargeted(Raw1):
    """raw-1 of a hand that is not there: its joints stand in the rows, another hand has them done.

    Both ways a row goes by damped least squares to the posture with the same thumb-to-finger vectors,
    from where the row before it was put, as dex-retargeting does; the first from the latent's answer.
    It remembers the row before, so every episode takes one of its own.

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
        self._shown = shown
        self._in, self._out = _Way(target, source), _Way(source, target)

    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]:
        hand.check_limits(qpos)
        block = super()._encode_hand(self._shown, self._in.go(qpos))
        return block.reshape(*qpos.shape[:-1], block.shape[-1])

    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]:
        found = np.clip(self._out.go(super()._decode_hand(self._shown, block)), *hand.limits)
        return found.reshape(*block.shape[:-1], found.shape[-1])


class _Way:
    """From one hand's joints to another's, a motion row by row."""

    def __init__(self, source: LatentCodec, target: LatentCodec) -> None:
        self._source, self._target = source, target
        self._last: Float[np.ndarray, " E"] | None = None

    def go(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "rows E"]:
        """The other hand's postures; what is beyond its own limits is taken to be at them."""
        mine = self._source.kinematics
        rows = np.clip(np.atleast_2d(qpos), mine.lower, mine.upper)
        return np.stack([self._next(row[None]) for row in rows])

    def _next(self, row: Float[np.ndarray, "1 D"]) -> Float[np.ndarray, " E"]:
        mine, theirs = self._source.kinematics, self._target.kinematics
        if self._last is None:
            start = self._target.decode(self._source.encode(row))
            found = refine_each(mine, row, theirs, start)[0]
        else:
            found = refine_each(mine, row, theirs, self._last[None], STEPS)[0]
        self._last = found[0]
        return found[0]
