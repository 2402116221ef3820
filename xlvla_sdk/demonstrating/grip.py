"""Grip: how a hand takes a thing between its fingers and its thumb, found from its own kinematics.

Fingers lie straight along one side of the thing, and the thumb stands on the other side, opposite to the
gap between index and middle finger. So every hand with a thumb can hold what its thumb reaches around,
from above as well as from a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.kinematics import HandKinematics
from xlvla_sdk.kinematics.finger import tip_position
from xlvla_sdk.sim.parts import starting_posture

THICK = 0.010
"""Half of a finger's thickness [m]."""
PLAY = 0.006, 0.018
"""Between the thing and the fingers, and the thing and the thumb, before they close [m]."""
SQUEEZE = 0.03, 0.03
"""How far into the thing fingertips, and the thumb's tip, are told to go [m]."""
FAR = 0.3
"""Further along the fingers than any thumb reaches [m]."""
WEIGHTS = (1.0, 1.0, 0.1)
"""Of a thumb's distance before the palm, to the side, along the fingers."""
NEAR = 0.003
"""Weight of a thumb's joints that stand otherwise than in a fist [m/rad]."""
POSTURES, ROUNDS, FINER = 3000, 12, 0.45
"""Of the search for a thumb: about how many a grid has, how many grids, and each one's part of the last."""


@dataclass(frozen=True)
class Grip:
    """How a hand takes something of one width.

    Attributes:
        around: The hand before it closes and after it has let go [rad, m].
        closed: What it is told while it holds: into the thing, so that it presses [rad, m].
        p_palm_middle: Where in the palm frame the thing's middle is, at the height of the thumb [m].
        beyond: How far the fingertips reach beyond the thumb, along the fingers [m].
    """

    around: Float[np.ndarray, " E"]
    closed: Float[np.ndarray, " E"]
    p_palm_middle: Float[np.ndarray, "3"]
    beyond: float

    def palm(
        self, at: Float[np.ndarray, "3"], R_task_palm: Float[np.ndarray, "3 3"]
    ) -> Float[np.ndarray, "4 4"]:
        """T_task_palm with the thing's middle, at the height of the thumb, at a point [m]."""
        T = np.eye(4)
        T[:3, :3] = R_task_palm
        T[:3, 3] = at - R_task_palm @ self.p_palm_middle
        return T


def downwards(across: Float[np.ndarray, "2"], lean: float = 0.0) -> Float[np.ndarray, "3 3"]:
    """The rotation of a palm above a thing: fingers down, the squeeze along a level direction.

    Args:
        across: From the fingers to the thumb, level, a unit vector.
        lean: Turn about that direction [rad]: fingertips go to the palm's y.
    """
    x = np.array([across[0], across[1], 0.0])
    y = np.cross((0.0, 0.0, -1.0), x)
    down = np.array([0.0, 0.0, -1.0])
    z = np.cos(lean) * down + np.sin(lean) * y
    return np.stack([x, np.cross(z, x), z], axis=1)


def find_grip(limb: Limb, width: float, breadth: float) -> Grip:
    """How a limb's hand takes a thing.

    Args:
        limb: Whose hand.
        width: Of the thing, from the fingers to the thumb [m].
        breadth: Of its side that the fingers lie on [m]; beside index and middle finger, those close
            that are before it.
    """
    hand, opened = limb.hand_kinematics, starting_posture(limb.hand)
    tips = hand.tips(opened)
    surface, y = float(tips[1:3, 0].max()) + THICK, float(tips[1:3, 1].mean())
    thing = surface + PLAY[0]
    thumb = thing + width + THICK
    fingers = [k for k in range(1, len(tips)) if k < 3 or abs(tips[k, 1] - y) <= breadth / 2.0]
    fist = limb.hand.posture("fist")
    around = thumb_at(hand, opened, fist, thumb + PLAY[1], y)
    touching = thumb_at(hand, around, fist, thumb, y)
    pressing = thumb_at(hand, touching, fist, thumb - SQUEEZE[1], y)
    closed = fingers_at(hand, pressing, fist, fingers, thing - THICK + SQUEEZE[0])
    height = float(hand.tips(touching)[0, 2])
    middle = np.array([thing + width / 2.0, y, height])
    return Grip(around, closed, middle, float(tips[1:3, 2].mean()) - height)


def thumb_at(
    hand: HandKinematics,
    qpos: Float[np.ndarray, " E"],
    fist: Float[np.ndarray, " E"],
    x: float,
    y: float,
) -> Float[np.ndarray, " E"]:
    """A posture with the thumb's tip at x and y of the palm, or as near as it comes.

    Of these the one whose tip is furthest along the fingers, and not far from the fist's thumb. Grids
    of postures look everywhere first, then ever finer about the best one.

    Args:
        hand: The hand.
        qpos: The other joints [rad, m].
        fist: A posture in which the thumb opposes the fingers.
        x, y: Before the palm and to its index side [m].
    """
    joints = _joints(hand, 0)
    lower, upper = hand.lower[joints], hand.upper[joints]
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    line = np.linspace(-1.0, 1.0, max(5, round(POSTURES ** (1.0 / len(joints)))))
    grid = np.stack(np.meshgrid(*[line] * len(joints)), axis=-1).reshape(-1, len(joints))
    best = qpos
    for _ in range(ROUNDS):
        postures = np.tile(qpos, (len(grid), 1))
        postures[:, joints] = np.clip(middle + half * grid, lower, upper)
        error = (tip_position(hand.fingers[0], postures) - (x, y, FAR)) * WEIGHTS
        odd = NEAR * (postures[:, joints] - fist[joints])
        best = postures[((error**2).sum(axis=1) + (odd**2).sum(axis=1)).argmin()]
        middle, half = best[joints], FINER * half
    return best


def fingers_at(
    hand: HandKinematics,
    qpos: Float[np.ndarray, " E"],
    fist: Float[np.ndarray, " E"],
    fingers: Sequence[int],
    x: float,
) -> Float[np.ndarray, " E"]:
    """A posture with fingers closed together until their tips are at x before the palm.

    Args:
        hand: The hand.
        qpos: The fingers open, and the other joints [rad, m].
        fist: What the fingers close to.
        fingers: Which, by their number in `hand.fingers`.
        x: On the mean [m].
    """
    joints = sorted({joint for finger in fingers for joint in _joints(hand, finger)})
    parts = np.linspace(0.0, 1.0, 201)
    postures = np.tile(qpos, (len(parts), 1))
    postures[:, joints] += parts[:, None] * (fist[joints] - qpos[joints])
    reached = hand.tips(postures)[:, fingers, 0].mean(axis=1) >= x
    return postures[int(reached.argmax()) if reached.any() else -1]


def _joints(hand: HandKinematics, finger: int) -> list[int]:
    return sorted({screw.joint for screw in hand.fingers[finger].screws})
