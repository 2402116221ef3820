"""Clearance: how much room a hand with its fingers down has beside what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.limb import Limb

THICK = 0.012
"""From a fingertip's point to its skin, and a little [m]."""


@dataclass(frozen=True)
class Outline:
    """What something looks like from above: a disk or a rectangle.

    Attributes:
        T_task_thing: Its pose, upright.
        radius: Of a disk [m].
        half: Half of a rectangle's sides [m]; None for a disk.
        within: Whether room is counted inside of it, towards its walls.
    """

    T_task_thing: Float[np.ndarray, "4 4"]
    radius: float = 0.0
    half: Float[np.ndarray, "2"] | None = None
    within: bool = False

    def distance(self, points: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
        """How far points on the table are away from it [m]; below zero on the wrong side."""
        T = self.T_task_thing
        own = (points - T[:2, 3]) @ T[:2, :2]
        if self.half is None:
            return np.linalg.norm(own, axis=1) - self.radius
        beyond = np.abs(own) - self.half
        outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=1) + np.minimum(
            beyond.max(axis=1), 0.0
        )
        return -outside if self.within else outside


def clearance(
    limb: Limb,
    T_task_palm: Float[np.ndarray, "4 4"],
    hand: Float[np.ndarray, " E"],
    beside: Sequence[Outline],
) -> float:
    """The least distance of a fingertip from what is beside it, seen from above [m].

    Args:
        limb: Whose hand.
        T_task_palm: The palm; fingers point down.
        hand: Its posture [rad, m].
        beside: What stands there.
    """
    tips = limb.hand_kinematics.tips(hand) @ T_task_palm[:3, :3].T + T_task_palm[:3, 3]
    rooms = [float(outline.distance(tips[:, :2]).min()) - THICK for outline in beside]
    return min(rooms, default=np.inf)
