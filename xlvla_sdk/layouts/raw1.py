"""raw-1: the joints themselves, for comparison with the latent."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.specs import Embodiment, HandSpec, Station

HAND_JOINTS = 24
"""Columns a hand takes; the widest hand fits."""


class Raw1(Layout):
    """Per side, right first: the hand's joints in [-1, 1] and zeros up to 24, then the arm's pose (9).

    Columns stand in the order of the hand's joints; -1 is the lower limit, 1 the upper. Which
    columns carry a joint is `mask`; it belongs to the body, not to a row, and does not travel.
    What stands in the padding is not read. The arm's pose is as in xl-1.

    Args:
        embodiment: The body the rows are of.
        station: Where its arms stand and how its hands are mounted; the specs' own when left out.

    Raises:
        SpecError: When the body has no hand, a hand has more than 24 joints, or nothing says
            where an arm or a hand on it is.
    """

    name = "raw-1"

    def __init__(self, embodiment: Embodiment, station: Station | None = None) -> None:
        super().__init__(embodiment, station)
        if not embodiment.hands:
            raise SpecError(
                f"{embodiment.name}: has no hand, so layout {self.name} has nothing to say. Its layout "
                "is arm-1."
            )
        for hand in embodiment.hands:
            if len(hand.joints) > HAND_JOINTS:
                raise SpecError(
                    f"{hand.id}: has {len(hand.joints)} joints; layout {self.name} takes at most "
                    f"{HAND_JOINTS}. Use layout xl-1."
                )

    @property
    def space(self) -> None:
        """None: joints are in no latent space."""
        return

    @property
    def hand_width(self) -> int:
        """24."""
        return HAND_JOINTS

    @property
    def mask(self) -> Bool[np.ndarray, " A"]:
        """True in the columns that carry a joint, or an arm's pose."""
        mask = np.zeros(self.width, dtype=bool)
        for side in self.sides:
            mask[side.arm_row] = True
            joints = side.hand_qpos.stop - side.hand_qpos.start
            mask[side.hand_row.start : side.hand_row.start + joints] = True
        return mask

    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]:
        hand.check_limits(qpos)
        lower, upper = hand.limits
        block = np.zeros((*qpos.shape[:-1], HAND_JOINTS))
        block[..., : len(hand.joints)] = (qpos - lower) * (2.0 / (upper - lower)) - 1.0
        return block

    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]:
        lower, upper = hand.limits
        normalized = np.asarray(block[..., : len(hand.joints)], dtype=float)
        return lower + (upper - lower) * (0.5 * (normalized + 1.0))
