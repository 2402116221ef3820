"""Grippers: two tips that open and close in one plane, and where their palm frame is.

They have no anatomy to go by: no knuckle tells along, and what closes as joints grow opens as well
on another gripper. What they have is where they open.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.screws import HandKinematics

PARALLEL = 0.999
"""Cosine between axes that are taken to be parallel."""
OUT_OF_PLANE = 0.1
"""Part of the way from tip to tip that may lie along the axes of a hand that moves in a plane."""
POSTURES = 256
SHORT = 0.01
"""Tips less than this before the wrist, across from where they open, do not say where forward is [m]."""


def jaw_frame(kinematics: HandKinematics, hand: str) -> Float[np.ndarray, "3 3"] | None:
    """The palm frame of a gripper, in the frame its kinematics are in; None for any other hand.

    +x points from the finger's tip to the thumb's where they are furthest apart, as on a hand whose
    thumb stands before its palm; +z, across from that, from the wrist to the tips.

    Args:
        kinematics: The hand, its palm frame that of the wrist link.
        hand: Its id, for the message.

    Raises:
        SpecError: When the tips are beside the wrist, so that nothing says where forward is.
    """
    if len(kinematics.fingers) != 2:
        return None
    tips = _widest(kinematics)
    across = tips[0] - tips[1]
    apart = float(np.linalg.norm(across))
    if apart < SHORT or not _in_plane(kinematics, across / apart):
        return None
    x = across / apart
    forward = tips.mean(axis=0)
    forward = forward - x * (x @ forward)
    if (length := float(np.linalg.norm(forward))) < SHORT:
        raise SpecError(
            f"{hand}: its two tips stand beside the wrist and open to either side, so nothing says "
            "where forward is. Give the palm frame with palm_rpy."
        )
    z = forward / length
    return np.stack([x, np.cross(z, x), z], axis=1)


def _widest(kinematics: HandKinematics) -> Float[np.ndarray, "F 3"]:
    """The tips where the first two are furthest apart [m]."""
    part = np.random.default_rng(0).random((POSTURES, len(kinematics.joints)))
    part[:2] = [[0.0], [1.0]]
    tips = kinematics.tips(kinematics.lower + (kinematics.upper - kinematics.lower) * part)
    return tips[int(np.linalg.norm(tips[:, 0] - tips[:, 1], axis=1).argmax())]


def _in_plane(kinematics: HandKinematics, across: Float[np.ndarray, "3"]) -> bool:
    """Whether all that turns does so about one direction, and the tips open across from it."""
    axes = [s.axis for finger in kinematics.fingers for s in finger.screws if not s.prismatic]
    if not axes:
        return True
    alike = all(abs(float(axis @ axes[0])) > PARALLEL for axis in axes)
    return alike and abs(float(axes[0] @ across)) < OUT_OF_PLANE
