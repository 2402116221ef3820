"""Postures for the rows of a chunk, solved together, as smooth as if solved one after the other.

An arm of seven joints reaches a pose in many postures. Of these, each row takes the one nearest to the
row before it, the first the one nearest to the measured arm: least motion from row to row, no hidden
state. All rows are first solved at once from the measured arm. Then sweeps make them one motion: a
sweep linearises every row at once and passes once through the rows, each stepping to what
is nearest to its neighbour's new posture. Rows that still lie far from their neighbour afterwards are solved again,
one after the other.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.arm import ArmKinematics
from xlvla_sdk.kinematics.ik_poses import NEAR, Reached, approached, checked, measured, settle
from xlvla_sdk.kinematics.ik_steps import bounded_step, damped_inverse, linearised

APART = 0.1
"""Rows further from their neighbour than this [rad, m] are solved again from it."""
SETTLED = 1e-4
"""A sweep that moves a row less than this [rad, m] leaves it settled."""
NEARLY = 0.01
"""The same of a row whose pose is far: it may be out of reach."""
SWEEPS = 8
FIRST, ROUGHLY = 8, 0.05
"""Steps from the measured arm before the sweeps, at most and until they are as short as this [rad, m]."""


def solve_rows(
    arm: ArmKinematics,
    T_base_flange: Float[np.ndarray, "H 4 4"],
    start: Float[np.ndarray, " D"],
    dt: float | None = None,
) -> Reached:
    """Postures for a chunk's poses: each the nearest to the one before it that reaches its pose.

    Args:
        arm: The arm.
        T_base_flange: Poses of the flange in the base.
        start: The measured arm [rad, m]; clipped to the limits.
        dt: Time from row to row, and from `start` to the first [s]. Given, no joint goes further
            from a row to the next than its velocity limit allows, and the error
            says how far the flange lags behind.

    Raises:
        DataError: When a pose or `start` is not finite, or `start` not as wide as the arm.
        SpecError: When `dt` is given and the arm's velocity limits are not known.
    """
    T, start = checked(arm, T_base_flange, start)
    reach = _reach(arm, dt)
    begin = np.repeat(start[None], len(T), axis=0)
    qpos = settle(arm, T, begin, begin, arm.limits, FIRST, ROUGHLY)
    qpos, settled, enough = _swept(arm, T, qpos, start, reach)
    before = start
    for k in range(len(T)):
        if not settled[k] or np.abs(qpos[k] - before).max() > APART:
            again = _from_neighbour(arm, T[k : k + 1], before, reach)
            if k + 1 < len(T) and np.abs(again - qpos[k]).max() > enough[k]:
                settled[k + 1] = False  # it was settled beside another posture
            qpos[k] = again
        before = qpos[k]
    return measured(arm, T, qpos, (len(T),))


def _reach(arm: ArmKinematics, dt: float | None) -> np.ndarray:
    """How far each joint may go from a row to the next [rad, m]."""
    if dt is None:
        return np.full(len(arm.joints), np.inf)
    if arm.velocity is None:
        raise SpecError(
            f"{arm.name}: the spec gives no velocity limits, so no rows can keep to them. Write "
            "`velocity` into the spec, from the hardware's sheet, or leave out `dt`."
        )
    return arm.velocity * dt


def _bounds(
    arm: ArmKinematics, before: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(arm.lower, before - reach), np.minimum(arm.upper, before + reach)


def _from_neighbour(
    arm: ArmKinematics, T: np.ndarray, before: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    begin = before[None]
    return settle(arm, T, begin, begin, _bounds(arm, begin, reach))[0]


def _swept(
    arm: ArmKinematics, T: np.ndarray, qpos: np.ndarray, start: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows after sweeps; which of them are settled; and how far each may move and count as such."""
    settled, enough = np.zeros(len(T), dtype=bool), np.full(len(T), SETTLED)
    for _ in range(SWEEPS):
        new, size = _sweep(arm, T, qpos, start, reach)
        enough = np.where(size < NEAR, SETTLED, NEARLY)
        settled = np.abs(new - qpos).max(axis=1) < enough
        qpos = new
        if settled.all():
            break
    return qpos, settled, enough


def _sweep(
    arm: ArmKinematics, T: np.ndarray, qpos: np.ndarray, start: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One step of every row, the first row first; and how large their errors were [m]."""
    error, J = linearised(arm, T, qpos)
    size, error, damping, trust = approached(error)
    inverse = damped_inverse(J, damping)
    # A row's new posture is `fixed + follow @ before`: linear in its neighbour's.
    follow = trust[:, None, None] * (np.eye(qpos.shape[1]) - inverse @ J)
    fixed = qpos + (inverse @ error[..., None] - follow @ qpos[..., None])[..., 0]
    new, before = np.empty_like(qpos), start
    for k in range(len(T)):
        row = fixed[k] + follow[k] @ before
        low, high = _bounds(arm, before, reach)
        if (row < low).any() or (row > high).any():
            at = slice(k, k + 1)
            room = ((low - qpos[k])[None], (high - qpos[k])[None])
            wish = trust[k] * (before - qpos[at])
            row = qpos[k] + bounded_step(J[at], error[at], wish, room, damping[at])[0]
        new[k] = before = row
    return new, size
