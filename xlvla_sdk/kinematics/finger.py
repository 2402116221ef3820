"""Fingers as chains of screws: where a tip goes, and how it moves; numpy, no torch.

Source: product of exponentials, Lynch and Park, Modern Robotics, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

DIGITS = 9
"""Decimals that count when two hands are compared: 1e-9 of a metre or radian."""
_MIRROR = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True)
class Screw:
    """One joint of a finger at position zero, in the palm frame.

    Attributes:
        joint: Which actuated joint drives it (its column in qpos).
        multiplier: The joint stands at `multiplier * qpos[joint] + offset` [rad, m].
        offset: See multiplier.
        prismatic: Whether it slides along its axis instead of turning about it.
        axis: Unit direction.
        point: The point of the axis nearest to the palm's origin [m]; zero when prismatic.
    """

    joint: int
    multiplier: float
    offset: float
    prismatic: bool
    axis: Float[np.ndarray, "3"]
    point: Float[np.ndarray, "3"]


@dataclass(frozen=True)
class Finger:
    """A finger: its screws, base first, and its tip at position zero in the palm frame [m]."""

    name: str
    screws: tuple[Screw, ...]
    tip: Float[np.ndarray, "3"]


def tip_position(finger: Finger, qpos: np.ndarray) -> np.ndarray:
    p = np.broadcast_to(finger.tip, (*qpos.shape[:-1], 3))
    for screw in reversed(finger.screws):
        q = _position(screw, qpos)
        p = _moved(screw, q, p)
    return p


def tip_jacobian(finger: Finger, qpos: np.ndarray) -> np.ndarray:
    p = np.broadcast_to(finger.tip, (*qpos.shape[:-1], 3))
    jacobian = np.zeros((*qpos.shape[:-1], 3, qpos.shape[-1]))
    for screw in reversed(finger.screws):
        q = _position(screw, qpos)
        p = _moved(screw, q, p)
        if screw.prismatic:
            motion = np.broadcast_to(screw.axis, p.shape)
        else:
            motion = np.cross(screw.axis, p - screw.point)
            # What the joints further out do is turned by this one too.
            columns = _turned(screw.axis, q[..., None, :], np.swapaxes(jacobian, -1, -2))
            jacobian = np.swapaxes(columns, -1, -2).copy()
        jacobian[..., screw.joint] += screw.multiplier * motion
    return jacobian


def _position(screw: Screw, qpos: np.ndarray) -> np.ndarray:
    return (screw.multiplier * qpos[..., screw.joint] + screw.offset)[..., None]


def _moved(screw: Screw, q: np.ndarray, p: np.ndarray) -> np.ndarray:
    if screw.prismatic:
        return p + q * screw.axis
    return screw.point + _turned(screw.axis, q, p - screw.point)


def _turned(axis: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Vectors turned about an axis through the origin by q [rad]."""
    along = (r @ axis)[..., None] * axis
    return r * np.cos(q) + np.cross(axis, r) * np.sin(q) + along * (1.0 - np.cos(q))


def mirrored(finger: Finger) -> Finger:
    # A direction of turning is an axial vector: reflection flips it once more than a point.
    screws = tuple(
        replace(
            screw,
            axis=screw.axis * _MIRROR * (1.0 if screw.prismatic else -1.0),
            point=screw.point * _MIRROR,
        )
        for screw in finger.screws
    )
    return replace(finger, screws=screws, tip=finger.tip * _MIRROR)


def same_finger(a: Finger, b: Finger) -> bool:
    if len(a.screws) != len(b.screws) or not np.allclose(a.tip, b.tip, rtol=0, atol=10**-DIGITS):
        return False
    return all(
        x.joint == y.joint
        and x.prismatic == y.prismatic
        and np.allclose(
            [x.multiplier, x.offset, *x.axis, *x.point],
            [y.multiplier, y.offset, *y.axis, *y.point],
            rtol=0,
            atol=10**-DIGITS,
        )
        for x, y in zip(a.screws, b.screws, strict=True)
    )
