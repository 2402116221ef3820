"""Pinch: how a hand takes a low thing from above, fingertips on one side and the thumb's on the other.

Fingers curl until their tips move towards the thumb's; the hand is then turned so that both are at one
height. Its palm is above the thing: nothing of it reaches further down than the tips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.grip import downwards
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.kinematics import HandKinematics
from xlvla_sdk.kinematics.finger import tip_position
from xlvla_sdk.sim.parts import starting_posture

THICK = 0.010
"""Half of a finger's thickness [m]."""
PLAY = 0.008
"""Between the thing and tips on either side, before they close [m]."""
SQUEEZE = 0.03
"""How far into the thing tips are told to go [m]."""
CURLS = np.linspace(0.0, 0.6, 13)
"""Parts of the way from the open hand to the fist that are tried."""
POSTURES, ROUNDS, FINER = 4000, 8, 0.45
"""Of the search for a thumb: about how many a grid has, how many grids, and each one's part of the last."""
OFF, ODD = 30.0, 0.1
"""What a metre counts that tips are off, and a radian of the thumb off a fist's, beside the cosine
of the angle between the way of the fingertips and the way to the thumb."""


@dataclass(frozen=True)
class Pinch:
    """How a hand pinches something of one width.

    Attributes:
        around: The hand before it closes and after it has let go [rad, m].
        closed: What it is told while it holds: into the thing, so that it presses [rad, m].
        p_palm_middle: Where in the palm frame the thing's middle is [m].
        pitch: From the palm's x down to the way from fingertips to thumb [rad].
        error: How far the open tips are from where they should be [m].
    """

    around: Float[np.ndarray, " E"]
    closed: Float[np.ndarray, " E"]
    p_palm_middle: Float[np.ndarray, "3"]
    pitch: float
    error: float

    def palm(
        self, at: Float[np.ndarray, "3"], across: Float[np.ndarray, "2"]
    ) -> Float[np.ndarray, "4 4"]:
        """T_task_palm with the thing's middle between the tips.

        Args:
            at: The middle, in the task frame [m].
            across: From the fingertips to the thumb, level, a unit vector.
        """
        T = np.eye(4)
        T[:3, :3] = downwards(across) @ _about_y(self.pitch).T
        T[:3, 3] = at - T[:3, :3] @ self.p_palm_middle
        return T


def find_pinch(limb: Limb, width: float) -> Pinch:
    """How a limb's hand pinches a thing of a width [m], between index and middle finger and thumb."""
    hand = limb.hand_kinematics
    opened, fist = starting_posture(limb.hand), limb.hand.posture("fist")
    span = width + 2.0 * (THICK + PLAY)
    found = [_spanned(hand, _curled(hand, opened, fist, curl), fist, span) for curl in CURLS]
    _, around = min(found, key=lambda one: one[0])
    tips = hand.tips(around)
    fingertips, thumb = tips[1:3].mean(axis=0), tips[0]
    along = (thumb - fingertips) * (1.0, 0.0, 1.0)
    reach = float(np.linalg.norm(along))
    along /= reach
    middle = (fingertips + thumb) / 2.0
    deep = PLAY + SQUEEZE
    closed = _closed(hand, around, fist, fingertips + along * deep, along)
    closed = _thumb_near(hand, closed, fist, thumb - along * deep)
    off = np.hypot(reach - span, thumb[1] - fingertips[1])
    return Pinch(around, closed, middle, float(np.arctan2(-along[2], along[0])), float(off))


def _spanned(
    hand: HandKinematics, qpos: np.ndarray, fist: np.ndarray, span: float
) -> tuple[float, np.ndarray]:
    """The thumb as far from the fingertips, where they go when they curl on; and how bad that is."""
    fingertips = hand.tips(qpos)[1:3].mean(axis=0)
    onwards = hand.tips(_curled(hand, qpos, fist, 0.03))[1:3].mean(axis=0) - fingertips
    onwards /= max(float(np.linalg.norm(onwards)), 1e-9)

    def badness(tips: np.ndarray) -> np.ndarray:
        way = tips - fingertips
        reach = np.linalg.norm(way[:, [0, 2]], axis=1)
        off = np.abs(way[:, 1]) + np.abs(reach - span)
        return OFF * off - way @ onwards / np.linalg.norm(way, axis=1)

    return _searched(hand, qpos, fist, badness)


def _thumb_near(
    hand: HandKinematics, qpos: np.ndarray, fist: np.ndarray, p: np.ndarray
) -> np.ndarray:
    """The thumb's tip at a point of the palm frame [m], or as near as it comes."""
    return _searched(hand, qpos, fist, lambda tips: OFF * np.linalg.norm(tips - p, axis=1))[1]


def _searched(hand, qpos, fist, badness) -> tuple[float, np.ndarray]:
    joints = sorted({screw.joint for screw in hand.fingers[0].screws})
    lower, upper = hand.lower[joints], hand.upper[joints]
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    line = np.linspace(-1.0, 1.0, max(5, round(POSTURES ** (1.0 / len(joints)))))
    grid = np.stack(np.meshgrid(*[line] * len(joints)), axis=-1).reshape(-1, len(joints))
    least, best = np.inf, qpos
    for _ in range(ROUNDS):
        postures = np.tile(qpos, (len(grid), 1))
        postures[:, joints] = np.clip(middle + half * grid, lower, upper)
        odd = ((postures[:, joints] - fist[joints]) ** 2).sum(axis=1)
        bad = badness(tip_position(hand.fingers[0], postures)) + ODD * ODD * odd
        if bad.min() < least:
            least, best = float(bad.min()), postures[bad.argmin()]
        middle, half = best[joints], FINER * half
    return least, best


def _curled(hand: HandKinematics, qpos: np.ndarray, fist: np.ndarray, part: float) -> np.ndarray:
    """All fingers, not the thumb, a part of their whole way further towards the fist."""
    joints = sorted({s.joint for finger in hand.fingers[1:] for s in finger.screws})
    curled = qpos.copy()
    curled[joints] += part * (fist[joints] - curled[joints])
    return curled


def _closed(
    hand: HandKinematics, qpos: np.ndarray, fist: np.ndarray, p: np.ndarray, along: np.ndarray
) -> np.ndarray:
    """Fingers curled until the tips of index and middle are as far along as a point, or furthest."""
    postures = np.stack([_curled(hand, qpos, fist, part) for part in np.linspace(0.0, 1.0, 101)])
    gone = hand.tips(postures)[:, 1:3].mean(axis=1) @ along
    reached = gone >= p @ along
    return postures[int(reached.argmax() if reached.any() else gone.argmax())]


def _about_y(angle: float) -> Float[np.ndarray, "3 3"]:
    """A turn that takes x down to -z and z to x [rad]."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
