"""Attitude: how a hand is held that pushes; upright, or as an arm can that does not get above the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.plan import Plan, cheapest
from xlvla_sdk.demonstrating.waypoint import rotation_matrix

ASKEW = 0.02
"""An upright hand's plan that costs this much has others weighed against it [m]."""

ASKANCE = 0.02
"""What a radian out of the upright counts as [m]."""


@dataclass(frozen=True)
class Attitude:
    """How a hand is held.

    Attributes:
        lean: How far fingertips are ahead of the hand, beyond what the task asks for [rad].
        tilt: How far the hand is turned about the way it goes [rad]; fingertips point to the left
            of the way for a positive one.
    """

    lean: float = 0.0
    tilt: float = 0.0

    @property
    def handicap(self) -> float:
        """What speaks against it [m]: the further from upright, the higher fingers touch a thing."""
        return ASKANCE * (abs(self.lean) + abs(self.tilt))

    def rotation(
        self, towards: Float[np.ndarray, "2"], sign: float, lean: float
    ) -> Float[np.ndarray, "3 3"]:
        """The palm's, in the task frame.

        Args:
            towards: Which way it pushes, a unit vector on the table.
            sign: 1 to push with the palm, -1 with the back of the hand.
            lean: What the task asks for [rad].
        """
        lean += self.lean
        ahead, up = np.array([*towards, 0.0]), np.array([0.0, 0.0, 1.0])
        x = sign * (np.cos(lean) * ahead + np.sin(lean) * up)
        z = np.sin(lean) * ahead - np.cos(lean) * up
        leaning = np.stack([x, np.cross(z, x), z], axis=1)
        return rotation_matrix(self.tilt * ahead) @ leaning


UPRIGHT_HAND = Attitude()
OTHERS = (
    Attitude(tilt=-0.2),
    Attitude(tilt=0.2),
    Attitude(tilt=-0.4),
    Attitude(tilt=0.4),
    Attitude(tilt=-0.8),
    Attitude(tilt=0.8),
    Attitude(lean=0.3),
    Attitude(lean=0.5),
    Attitude(lean=0.5, tilt=-0.5),
    Attitude(lean=0.5, tilt=0.5),
)
"""For arms that cannot hold a hand upright: a humanoid's, before a table as high as its hips."""


def best_attitude(plans: Callable[[Attitude], list[Plan]], qpos: Float[np.ndarray, " D"]) -> Plan:
    """The best plan with the hand upright; where the arm hardly can, the best of every attitude.

    Args:
        plans: Those with the hand held so.
        qpos: The body's whole qpos [rad, m].
    """
    upright, price = cheapest(plans(UPRIGHT_HAND), qpos)
    if price < ASKEW:
        return upright
    other, least = cheapest([plan for attitude in OTHERS for plan in plans(attitude)], qpos)
    return other if least < price else upright
