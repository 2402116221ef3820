"""One step of inverse kinematics, many rows at once: damped, within bounds; numpy, no torch.

A step is the smallest one, counted from where the posture would like to be, that removes the pose's
error to first order. Directions in which the arm hardly moves the flange are damped. A joint that the step
would take past its bound stops there, and the other joints take over.

Source: damped least squares with damping by singular value, Chiaverini, Siciliano and Egeland, IEEE
Transactions on Control Systems Technology 2 (2), 1994; saturated joints, Flacco, De Luca and
Khatib, ICRA 2012.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.kinematics.arm import ArmKinematics

LENGTH = 0.1
"""A radian of the flange counts as this many metres, as do 0.5 degrees and about 1 mm."""
SINGULAR = 0.01
"""Singular values of the weighted Jacobian [m/rad] below this are damped."""
DAMPING = 0.005
"""How much a singular value of zero is damped [m/rad]."""
_FLOOR = 1e-12
"""Added to what is inverted [m^2/rad^2]."""
_TINY = 1e-9
"""A sine below this is zero: no turn, or half a turn."""


def pose_error(
    T: Float[np.ndarray, "rows 4 4"], flange: Float[np.ndarray, "rows 4 4"]
) -> Float[np.ndarray, "rows 6"]:
    """The flange's way to its target in the base frame: translation [m], rotation vector [rad]."""
    turn = T[:, :3, :3] @ flange[:, :3, :3].transpose(0, 2, 1)
    entries = turn.reshape(-1, 9)
    sine = 0.5 * (entries[:, [7, 2, 3]] - entries[:, [5, 6, 1]])
    length = np.sqrt((sine * sine).sum(axis=1))
    angle = np.arctan2(length, 0.5 * (entries[:, ::4].sum(axis=1) - 1.0))
    error = np.empty((len(T), 6))
    error[:, :3] = T[:, :3, 3] - flange[:, :3, 3]
    error[:, 3:] = sine * (angle / np.maximum(length, _TINY))[:, None]
    for row in np.flatnonzero((length < _TINY) & (angle > 1.0)):
        error[row, 3:] = _half_turn(turn[row])
    return error


def _half_turn(R: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3"]:
    """The rotation vector of half a turn [rad], either of the two."""
    both = R + np.eye(3)  # twice the axis times itself
    column = both[:, np.diagonal(both).argmax()]
    return np.pi * column / np.linalg.norm(column)


def linearised(
    arm: ArmKinematics, T: Float[np.ndarray, "rows 4 4"], qpos: Float[np.ndarray, "rows D"]
) -> tuple[Float[np.ndarray, "rows 6"], Float[np.ndarray, "rows 6 D"]]:
    """The error at a posture and the Jacobian, radians weighted by LENGTH."""
    frames = arm.walk(qpos)
    error, jacobian = pose_error(T, frames[-1]), arm.twists(frames)
    error[:, 3:] *= LENGTH
    jacobian[:, 3:] *= LENGTH
    return error, jacobian


def damped_inverse(
    J: Float[np.ndarray, "rows 6 D"], damping: Float[np.ndarray, " rows"] | float = 0.0
) -> Float[np.ndarray, "rows D 6"]:
    """The Jacobian's inverse: smallest motion, damped by `damping` [m^2] and near singularities."""
    JT = J.transpose(0, 2, 1)
    A = J @ JT
    _diagonal(A)[:] += np.asarray(damping)[..., None] + _FLOOR
    inverse = np.linalg.inv(A)
    # 1 / trace lies between a sixth of the smallest eigenvalue and the eigenvalue.
    near = _diagonal(inverse).sum(axis=1) > SINGULAR**-2
    if near.any():
        inverse[near] = _filtered(A[near])
    return JT @ inverse


def _diagonal(A: Float[np.ndarray, "rows 6 6"]) -> Float[np.ndarray, "rows 6"]:
    """A view of the diagonals."""
    return A.reshape(-1, 36)[:, ::7]


def _filtered(A: Float[np.ndarray, "rows 6 6"]) -> Float[np.ndarray, "rows 6 6"]:
    values, vectors = np.linalg.eigh(A)
    values = np.maximum(values, _FLOOR)
    lack = np.maximum(0.0, 1.0 - values / SINGULAR**2)
    return (vectors / (values + DAMPING**2 * lack**2)[:, None]) @ vectors.transpose(0, 2, 1)


def bounded_step(
    J: Float[np.ndarray, "rows 6 D"],
    error: Float[np.ndarray, "rows 6"],
    wish: Float[np.ndarray, "rows D"],
    room: tuple[Float[np.ndarray, "rows D"], Float[np.ndarray, "rows D"]],
    damping: Float[np.ndarray, " rows"] | float = 0.0,
) -> Float[np.ndarray, "rows D"]:
    """The step nearest to `wish` that removes the error, as far as the joints have room.

    Args:
        J, error: See `linearised`.
        wish: Where the joints would go if there were no error.
        room: How far down (zero or less) and up each joint may go.
        damping: See `damped_inverse`.
    """
    step = nearest_step(damped_inverse(J, damping), J, error, wish)
    rows, (low, high) = np.flatnonzero(_outside(step, room).any(axis=1)), room
    if not len(rows):
        return step
    damping = np.broadcast_to(damping, len(J))[rows]
    J, error, wish, low, high = J[rows], error[rows], wish[rows], low[rows], high[rows]
    inner, free = step[rows], np.ones(wish.shape, dtype=bool)
    for _ in range(wish.shape[1]):
        over = _outside(inner, (low, high)) & free
        if not over.any():
            break
        free &= ~over
        held = np.where(free, 0.0, np.clip(inner, low, high))
        Jf = J * free[:, None]
        left = error - (J @ held[..., None])[..., 0]
        inner = held + free * nearest_step(damped_inverse(Jf, damping), Jf, left, wish * free)
    step[rows] = np.clip(inner, low, high)
    return step


def nearest_step(
    inverse: np.ndarray, J: np.ndarray, error: np.ndarray, wish: np.ndarray
) -> np.ndarray:
    """The step nearest to `wish` that removes the error, wherever it leads."""
    left = error - (J @ wish[..., None])[..., 0]
    return wish + (inverse @ left[..., None])[..., 0]


def _outside(step: np.ndarray, room: tuple[np.ndarray, np.ndarray]) -> Bool[np.ndarray, "rows D"]:
    return (step < room[0] - 1e-12) | (step > room[1] + 1e-12)
