"""Finds postures whose fingertips are where they are wanted, by damped least squares; numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics import HandKinematics

STEPS = 40
DAMPING = 1e-5  # [m^2], against tips that move some 0.1 m per radian
NUDGE = 1e-6  # [rad, m], for derivatives
STARTS = 32
ABLE_M = 0.005
"""A hand can pinch with a finger when a tenth of its random starts come this near [m]."""

Residuals = Callable[[Float[np.ndarray, "*batch F 3"]], Float[np.ndarray, "*batch M"]]


def solve(
    kinematics: HandKinematics, residuals: Residuals, starts: Float[np.ndarray, "N D"]
) -> Float[np.ndarray, "N D"]:
    """Moves each start within the limits until the residuals of its fingertips are small.

    Joints that do not change the residuals stay where they start.

    Args:
        kinematics: The hand.
        residuals: Of fingertips in the palm frame [m].
        starts: Postures within the limits [rad, m].
    """
    qpos = np.clip(starts, *kinematics.limits)
    for _ in range(STEPS):
        error, J = _derivatives(kinematics, residuals, qpos)
        slope = np.einsum("nmd,nm->nd", J, error)
        # A joint at a limit that the step would push further out takes no part in it.
        blocked = ((qpos <= kinematics.lower) & (slope > 0)) | (
            (qpos >= kinematics.upper) & (slope < 0)
        )
        J = np.where(blocked[:, None, :], 0.0, J)
        normal = np.einsum("nmd,nme->nde", J, J) + DAMPING * np.eye(J.shape[2])
        step = np.linalg.solve(normal, np.where(blocked, 0.0, -slope)[..., None])[..., 0]
        qpos = np.clip(qpos + np.clip(step, -0.2, 0.2), *kinematics.limits)
    return qpos


def thumb_distance(
    kinematics: HandKinematics, finger: str, qpos: Float[np.ndarray, "*batch D"]
) -> Float[np.ndarray, "*batch"]:
    """How far the thumb's tip is from a finger's [m]."""
    tips = kinematics.tips(qpos)
    names = kinematics.finger_names
    between = tips[..., names.index("thumb"), :] - tips[..., names.index(finger), :]
    return np.asarray(np.linalg.norm(between, axis=-1))


def pinches(
    kinematics: HandKinematics, finger: str, relaxed: Float[np.ndarray, " D"]
) -> Float[np.ndarray, "N D"]:
    """Postures that bring the thumb to a finger as near as they get, from random starts.

    Args:
        kinematics: The hand.
        finger: The finger; the others stay `relaxed`.
        relaxed: Where joints stand that the pinch does not need [rad, m].
    """
    thumb, other = (kinematics.finger_names.index(name) for name in ("thumb", finger))
    moved = {s.joint for at in (thumb, other) for s in kinematics.fingers[at].screws}
    rng = np.random.default_rng(7)
    starts = np.tile(relaxed, (STARTS, 1))
    for joint in sorted(moved):
        starts[:, joint] = rng.uniform(kinematics.lower[joint], kinematics.upper[joint], STARTS)
    return solve(kinematics, lambda tips: tips[..., thumb, :] - tips[..., other, :], starts)


def able(kinematics: HandKinematics, finger: str) -> bool:
    """Whether a hand can pinch with a finger, as the measures of the latent space count it."""
    middle = kinematics.lower + 0.5 * (kinematics.upper - kinematics.lower)
    closed = pinches(kinematics, finger, middle)
    return float(np.quantile(thumb_distance(kinematics, finger, closed), 0.1)) < ABLE_M


def _derivatives(
    kinematics: HandKinematics, residuals: Residuals, qpos: Float[np.ndarray, "N D"]
) -> tuple[Float[np.ndarray, "N M"], Float[np.ndarray, "N M D"]]:
    width = qpos.shape[1]
    nudged = np.concatenate([qpos[:, None], qpos[:, None] + NUDGE * np.eye(width)], axis=1)
    errors = residuals(kinematics.tips(nudged))
    return errors[:, 0], np.swapaxes(errors[:, 1:] - errors[:, :1], 1, 2) / NUDGE
