"""SideHold: how a limb holds something round and tall from a side, fingers level and the thumb up.

Fingers on one side of it, the thumb on the other: such a hand can still come from above and go there
again, and what it holds is tipped by turning the hand about its fingers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.grip import Grip, find_grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.taking import CLEAR
from xlvla_sdk.specs import Side

BREADTH = 0.03
"""Of the side that fingers lie on [m]: index and middle finger hold it."""
GROUND = 0.015
"""Between the hand's lower edge and what the thing stands on [m]."""
THICK = 0.012
"""From a fingertip's point to its skin, and a little [m]."""
HAND = 0.30
"""From what is held back to where the arm is high enough for anything [m]."""
FLANGE = 0.11
"""An arm's flange this high has its wrist clear of the table, whichever way it is turned [m]."""
WIDE = 0.05
"""Half of a hand's width seen from above, fingers to thumb [m]."""


@dataclass(frozen=True)
class SideHold:
    """How a limb holds something round.

    Attributes:
        limb: Whose hand.
        grip: How the hand closes.
        tall: How high the thing is [m].
    """

    limb: Limb
    grip: Grip
    tall: float

    @staticmethod
    def of(limb: Limb, radius: float, tall: float) -> SideHold:
        """The hold of this limb for something of a radius and a height [m]."""
        return SideHold(limb, find_grip(limb, 2.0 * radius, BREADTH), tall)

    @property
    def over(self) -> float:
        """From around the thing up to where the hand is clear of it [m]."""
        return self.tall - GROUND + CLEAR

    def around(
        self, at: Float[np.ndarray, "3"], angle: float, lean: float
    ) -> Float[np.ndarray, "4 4"]:
        """The palm with the open hand around something that stands at a point [m].

        As low as the hand's lower edge lets it.

        Args:
            at: Where it stands, in the task frame [m].
            angle: Where fingers point, about the vertical from x [rad].
            lean: How far they point below the horizon [rad].
        """
        R = self._rotation(angle, lean)
        below = (self.grip.p_palm_middle - self.limb.hand_kinematics.tips(self.grip.around)) @ R[2]
        height = GROUND + THICK + float(below.max())
        return self.grip.palm(at + np.array([0.0, 0.0, height]), R)

    def about(
        self, at: Float[np.ndarray, "3"], angle: float, lean: float
    ) -> Float[np.ndarray, "4 4"]:
        """The same with the thumb at the height of a point on the thing's axis."""
        return self.grip.palm(at, self._rotation(angle, lean))

    def low(self, palms: Iterable[Float[np.ndarray, "4 4"]]) -> float:
        """How much the flange lacks at the worst to be clear of the table, wrist and all [m].

        Args:
            palms: T_task_palm, wherever the hand goes.
        """
        flange = np.linalg.inv(self.limb.T_flange_palm)
        return max(0.0, max(FLANGE - float((T @ flange)[2, 3]) for T in palms))

    def _rotation(self, angle: float, lean: float) -> Float[np.ndarray, "3 3"]:
        """Of the palm: z along the fingers, x level, the index side up on either hand."""
        ahead, up = np.array([np.cos(angle), np.sin(angle), 0.0]), np.array([0.0, 0.0, 1.0])
        z = np.cos(lean) * ahead - np.sin(lean) * up
        index = np.cos(lean) * up + np.sin(lean) * ahead
        y = index if self.limb.side is Side.RIGHT else -index
        return np.stack([np.cross(y, z), y, z], axis=1)

    def room(self, at: Float[np.ndarray, "3"], angle: float, beside: Sequence[Outline]) -> float:
        """How far what is beside it stays from the hand that comes down around it [m].

        Args:
            at: Where the thing stands [m].
            angle: Where fingers point [rad].
            beside: What else stands there.
        """
        ahead = np.array([np.cos(angle), np.sin(angle)])
        along = np.linspace(-HAND, self.grip.beyond + THICK, 20)[:, None]
        points = at[:2] + along * ahead
        return min((float(one.distance(points).min()) for one in beside), default=np.inf) - WIDE
