"""The pinch point: where a hand holds things, in its palm frame; numpy, no torch."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics.screws import HandKinematics

TIGHTNESS = 12.0
"""How fast a finger's weight falls with its distance to the thumb [1/m].

Source: l_exp of arXiv 2603.10158, section 3; the paper's code weighs the midpoints with it, too.
"""


def pinch_point(
    hand: HandKinematics, qpos: Float[np.ndarray, "*batch D"]
) -> Float[np.ndarray, "*batch 3"]:
    """The mean of the midpoints between the thumb's tip and each fingertip, near ones first.

    A midpoint weighs exp(-12 distance), so that the finger which pinches says where, and the point moves
    without a step when another one takes over.

    Args:
        hand: The hand; in its own palm frame, not mirrored, for where things are in the world.
        qpos: Actuated joints [rad, m].

    Returns:
        The point in the palm frame [m].
    """
    tips = hand.tips(qpos)  # the thumb first
    thumb, fingers = tips[..., :1, :], tips[..., 1:, :]
    distance = np.linalg.norm(thumb - fingers, axis=-1, keepdims=True)
    weight = np.exp(-TIGHTNESS * distance)
    weight /= weight.sum(axis=-2, keepdims=True)
    return (weight * 0.5 * (thumb + fingers)).sum(axis=-2)
