"""arm-1: where arms without hands hold their flanges."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.specs import Embodiment, HandSpec, Station


class Arm1(Layout):
    """Per arm, right first, its flange's pose (9): origin [m] and two columns of its rotation.

    Args:
        embodiment: The body the rows are of.
        station: Where its arms stand; the specs' own when left out.

    Raises:
        SpecError: When the body has a hand, or nothing says where an arm stands.
    """

    name = "arm-1"

    def __init__(self, embodiment: Embodiment, station: Station | None = None) -> None:
        if embodiment.hands:
            raise SpecError(
                f"{embodiment.name}: has {' and '.join(hand.id for hand in embodiment.hands)}, and "
                f"layout {self.name} is for arms alone. Use xl-1, or name the arm without its hand."
            )
        super().__init__(embodiment, station)

    @property
    def space(self) -> None:
        """None: there is no hand, so no latent."""
        return

    @property
    def hand_width(self) -> int:
        """0."""
        return 0

    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]:
        raise AssertionError(hand.id, qpos.shape)  # a body with a hand was refused

    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]:
        raise AssertionError(hand.id, block.shape)
