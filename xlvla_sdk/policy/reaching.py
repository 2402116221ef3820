"""Reaching: the postures that rows mean, and how often and how far an arm stays off what they ask."""

from __future__ import annotations

import logging

import numpy as np
from jaxtyping import Float

from xlvla_sdk.layouts import Layout
from xlvla_sdk.layouts.transfer_report import followed

logger = logging.getLogger(__name__)


class Reaching:
    """Decodes the rows that are commanded, and notes where an arm cannot follow them.

    An arm that cannot reach a pose holds what is nearest to it; that is said once, and counted.

    Args:
        layout: The rows' format, with the codecs of the body that moves.

    Attributes:
        off: Commands in which an arm stayed further off than 5 mm or 3 degrees.
        position_off: The furthest that a pinch point (an arm alone: its flange) stayed off [m].
        rotation_off: The furthest that a palm was turned off [rad].
    """

    def __init__(self, layout: Layout) -> None:
        self.off = 0
        self.position_off = 0.0
        self.rotation_off = 0.0
        self._layout = layout

    def decode(
        self, row: Float[np.ndarray, " A"], measured: Float[np.ndarray, " D"]
    ) -> Float[np.ndarray, " D"]:
        """The posture to command [rad, m]; as `Layout.decode`."""
        found = self._layout.reach(row, measured)
        position = float(found.position_error.max(initial=0.0))
        rotation = float(found.rotation_error.max(initial=0.0))
        self.position_off = max(self.position_off, position)
        self.rotation_off = max(self.rotation_off, rotation)
        if not followed(found).all():
            self._tell(position, rotation)
            self.off += 1
        return found.qpos

    def _tell(self, position: float, rotation: float) -> None:
        if self.off == 0:
            logger.warning(
                "%s: a row asks for what an arm cannot reach; it stays %.0f mm and %.0f degrees off. "
                "Is the station right, and does the policy act before this robot?",
                self._layout.embodiment.name,
                1e3 * position,
                np.degrees(rotation),
            )
