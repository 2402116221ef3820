"""Postures of a hand that was just found: open, a fist, and a pinch of thumb and index."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlvla_sdk.kinematics.finger import Finger, tip_jacobian, tip_position
from xlvla_sdk.scaffold.chains import Chain, Joints

CURLED = 0.9
"""How far a fist's fingers close, of the room they have; its thumb less, to stay before them."""
CURLED_THUMB = 0.5
LOPSIDED = 0.6
"""A joint with this share of its room the other way is no curling joint but spreads."""
TOUCHING_M = 0.004
MET_M = 1e-4
STARTS, STEPS = 12, 30
DAMPING = 1e-5  # [m^2], against tips that move some 0.1 m per radian

Posture = Mapping[str, float]


def find_postures(
    joints: Joints, thumb: Chain, others: Mapping[str, Chain]
) -> dict[str, dict[str, float]]:
    """Named postures, each joint that is not at rest.

    Args:
        joints: The hand's.
        thumb: Its thumb.
        others: Its other fingers by name; the first is pinched with.

    Returns:
        `open` and `fist`, and `pinch` where the tips of thumb and first finger can meet [rad, m].
    """
    fist = _fist(joints, thumb, tuple(others.values()))
    found = {"open": {}, "fist": _named(joints, fist)}
    first = next(iter(others.values()))
    pinch, apart = _pinch(joints, thumb.screws, first.screws, fist)
    if apart < TOUCHING_M:
        found["pinch"] = _named(joints, pinch)
    return found


def jaw_postures(joints: Joints, jaws: tuple[Chain, Chain]) -> dict[str, dict[str, float]]:
    """A gripper's postures: jaws apart and jaws together."""
    rng = np.random.default_rng(7)
    tries = rng.uniform(joints.lower, joints.upper, (64, len(joints.names)))
    tries = np.concatenate([joints.lower[None], joints.upper[None], tries])
    a, b = (tip_position(jaw.screws, tries) for jaw in jaws)
    apart = np.linalg.norm(a - b, axis=1)
    opened, closed = tries[apart.argmax()], tries[apart.argmin()]
    return {"open": _named(joints, opened), "fist": _named(joints, closed)}


def _fist(joints: Joints, thumb: Chain, others: tuple[Chain, ...]) -> np.ndarray:
    rest = joints.rest
    room = np.stack([joints.upper - rest, joints.lower - rest])
    reach = np.where(np.abs(room[0]) >= np.abs(room[1]), room[0], room[1])
    curls = np.abs(room).min(axis=0) <= LOPSIDED * np.abs(reach)
    share = np.full(len(rest), CURLED)
    own = {screw.joint for screw in thumb.screws.screws}
    own -= {screw.joint for chain in others for screw in chain.screws.screws}
    share[sorted(own)] = CURLED_THUMB
    return np.where(curls, rest + share * reach, rest)


def _pinch(
    joints: Joints, thumb: Finger, finger: Finger, fist: np.ndarray
) -> tuple[np.ndarray, float]:
    """The posture that brings two tips together, the others at rest, and how far they stay apart [m]."""
    columns = sorted({screw.joint for each in (thumb, finger) for screw in each.screws})
    rng = np.random.default_rng(7)
    qpos = np.tile(joints.rest, (STARTS, 1))
    share = rng.uniform(0.0, 1.0, (STARTS, len(columns)))
    qpos[:, columns] += share * (fist - joints.rest)[columns]
    for _ in range(STEPS):
        error = tip_position(thumb, qpos) - tip_position(finger, qpos)
        if np.median(np.linalg.norm(error, axis=1)) < MET_M:
            break
        J = (tip_jacobian(thumb, qpos) - tip_jacobian(finger, qpos))[..., columns]
        slope = np.einsum("nid,ni->nd", J, error)
        # A joint at a limit that the step would push further out takes no part in it.
        at = qpos[:, columns]
        blocked = ((at <= joints.lower[columns]) & (slope > 0)) | (
            (at >= joints.upper[columns]) & (slope < 0)
        )
        J = np.where(blocked[:, None], 0.0, J)
        normal = np.einsum("nid,nie->nde", J, J) + DAMPING * np.eye(len(columns))
        step = np.linalg.solve(normal, np.where(blocked, 0.0, -slope)[..., None])[..., 0]
        at = at + np.clip(step, -0.2, 0.2)
        qpos[:, columns] = np.clip(at, joints.lower[columns], joints.upper[columns])
    apart = np.linalg.norm(tip_position(thumb, qpos) - tip_position(finger, qpos), axis=1)
    bent = np.abs((qpos - joints.rest) / (joints.upper - joints.lower))
    near = apart <= max(0.25 * TOUCHING_M, float(apart.min()) + 1e-6)
    best = int(np.where(near, (bent**2).sum(axis=1), np.inf).argmin())
    return qpos[best], float(apart[best])


def _named(joints: Joints, qpos: np.ndarray) -> dict[str, float]:
    """Joints that are not at rest, to a thousandth, within the limits."""
    inside = np.clip(np.round(qpos, 3), joints.lower, joints.upper)
    return {
        name: float(value)
        for name, value, rest in zip(joints.names, inside, joints.rest, strict=True)
        if abs(value - rest) > 1e-9
    }
