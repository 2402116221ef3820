"""Postures for poses: one try from a seed, or restarts from anywhere; numpy, no torch.

Far from a pose the damping is the squared error, so that steps neither overshoot nor fail where
the pose cannot be reached; near it steps are exact and the posture settles, of all that reach the pose, at
the one nearest to the seed. So the answer depends on pose and seed alone.

Source: damping by the error, Sugihara, IEEE Transactions on Robotics 27 (5), 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics.arm import ArmKinematics
from xlvla_sdk.kinematics.ik_steps import LENGTH, bounded_step, linearised, pose_error

POSITION, ROTATION = 1e-3, np.deg2rad(0.5)
"""Within these [m, rad] a pose counts as reached."""
NEAR = 0.02
"""Below this weighted error [m] the posture is pulled to the seed."""
FAR = 0.2
"""Longer errors [m] are shortened to this."""
LONGEST = 0.5
"""The longest step of a joint [rad, m]."""
EXACT, STILL = 1e-4, 2e-4
"""Done: after a step as short as this [rad, m] at an error [m] as small as this, its square is left."""
STUCK, CRAWLING = 1e-5, 1e-3
"""Shorter steps [rad, m], near a pose and far from it, gain nothing: the rest is damped, or out of reach."""
PATIENCE, LESS = 6, 0.99
"""So many steps in which the least error falls by no more than this factor gain nothing either."""
STEPS, WHOLE = 40, 8
"""Steps at most, and how many are taken whole: halved ones end what swings to and fro."""


@dataclass(frozen=True)
class Reached:
    """Postures, and how far each one's flange is from its pose.

    Attributes:
        qpos: Actuated joints [rad, m], within their limits.
        position_error: [m].
        rotation_error: [rad].
    """

    qpos: Float[np.ndarray, "*batch D"]
    position_error: Float[np.ndarray, "*batch"]
    rotation_error: Float[np.ndarray, "*batch"]

    @property
    def reached(self) -> Bool[np.ndarray, "*batch"]:
        """Within 1 mm and 0.5 degrees."""
        return np.asarray(
            (self.position_error <= POSITION) & (self.rotation_error <= ROTATION), dtype=bool
        )


def solve(
    arm: ArmKinematics,
    T_base_flange: Float[np.ndarray, "*batch 4 4"],
    seed: Float[np.ndarray, "*#batch D"],
) -> Reached:
    """The posture nearest to the seed, of those about it that reach the pose; one try.

    A pose that is out of reach gets the posture that comes nearest to it.

    Args:
        arm: The arm.
        T_base_flange: Poses of the flange in the base.
        seed: Where to begin, one for all or one each [rad, m]; clipped to the limits.

    Raises:
        DataError: When a pose or the seed is not finite, or the seed not as wide as the arm.
    """
    batch = np.shape(T_base_flange)[:-2]
    T, seed = checked(arm, T_base_flange, seed)
    seed = np.broadcast_to(seed, (*batch, len(arm.joints))).reshape(len(T), -1)
    qpos = settle(arm, T, seed, seed, arm.limits)
    return measured(arm, T, qpos, batch)


def solve_anywhere(
    arm: ArmKinematics, T_base_flange: Float[np.ndarray, "*batch 4 4"], restarts: int, seed: int
) -> Reached:
    """A posture for each pose from mid-range, and from random postures until it is reached.

    Args:
        arm: The arm.
        T_base_flange: Poses of the flange in the base.
        restarts: How many random postures are tried at most.
        seed: Of the random postures.

    Raises:
        DataError: When a pose is not finite.
    """
    batch, rng = np.shape(T_base_flange)[:-2], np.random.default_rng(seed)
    T, middle = checked(arm, T_base_flange, 0.5 * (arm.lower + arm.upper))
    best = solve(arm, T, middle)
    for _ in range(restarts):
        # Drawn for every pose, so that what one gets does not depend on the others.
        drawn = rng.uniform(arm.lower, arm.upper, (len(T), len(arm.joints)))
        rows = np.flatnonzero(~best.reached)
        if not len(rows):
            break
        again = solve(arm, T[rows], drawn[rows])
        best = _better(best, again, rows)
    shape = (*batch, len(arm.joints))
    return Reached(
        best.qpos.reshape(shape),
        best.position_error.reshape(batch),
        best.rotation_error.reshape(batch),
    )


def checked(
    arm: ArmKinematics,
    T_base_flange: Float[np.ndarray, "*batch 4 4"],
    seed: Float[np.ndarray, "*seeds D"],
) -> tuple[Float[np.ndarray, "rows 4 4"], Float[np.ndarray, "*seeds D"]]:
    """Poses in rows, and the seed within the limits; see `solve`."""
    T = np.asarray(T_base_flange, dtype=float).reshape(-1, 4, 4)
    finite = np.isfinite(T).all(axis=(1, 2))
    if not finite.all():
        raise DataError(
            f"{arm.name}: the flange's pose in row {finite.argmin()} of {len(T)} has numbers that "
            "are not finite. Look at where the row came from: a policy, a recording."
        )
    seed = np.asarray(seed, dtype=float)
    if seed.shape[-1:] != (len(arm.joints),) or not np.isfinite(seed).all():
        raise DataError(
            f"{arm.name}: a seed of shape {seed.shape} is no posture of its {len(arm.joints)} joints, "
            "or not finite. Give the measured arm."
        )
    return T, np.clip(seed, *arm.limits)


def settle(
    arm: ArmKinematics,
    T: Float[np.ndarray, "rows 4 4"],
    begin: Float[np.ndarray, "rows D"],
    near: Float[np.ndarray, "rows D"],
    bounds: tuple[np.ndarray, np.ndarray],
    steps: int = STEPS,
    still: float = STILL,
) -> Float[np.ndarray, "rows D"]:
    """Postures for poses, begun at one posture and pulled to another, within bounds (rows D)."""
    answer, rows = begin.copy(), np.arange(len(T))
    low, high = (np.broadcast_to(bound, begin.shape) for bound in bounds)
    q, best, least = begin, begin, np.full(len(T), np.inf)
    mark, waited = least, np.zeros(len(T), dtype=int)
    for count in range(steps):
        error, J = linearised(arm, T, q)
        size, error, damping, trust = approached(error)
        best = np.where((size < least)[:, None], q, best)
        least = np.minimum(size, least)
        gained = least < LESS * mark
        mark, waited = np.where(gained, least, mark), np.where(gained, 0, waited + 1)
        wish = _shortened(near - q) * trust[:, None]
        step = _shortened(bounded_step(J, error, wish, (low - q, high - q), damping))
        if count >= WHOLE:
            step[size < NEAR] *= 0.5
        q = q + step
        length = np.abs(step).max(axis=1)
        done = (length < still) & (size < EXACT)
        idle = (waited >= PATIENCE) & (size >= NEAR)
        left = ~(done | idle | (length < np.where(size < NEAR, STUCK, CRAWLING)))
        if not left.all():
            answer[rows] = np.where(idle[:, None], best, q)
            if not left.any():
                return answer
            rows, T, q, best, least = rows[left], T[left], q[left], best[left], least[left]
            near, low, high = near[left], low[left], high[left]
            mark, waited = mark[left], waited[left]
    answer[rows] = best
    return answer


def approached(
    error: Float[np.ndarray, "rows 6"],
) -> tuple[np.ndarray, Float[np.ndarray, "rows 6"], np.ndarray, np.ndarray]:
    """How errors are gone about: their size [m], they shortened, damping [m^2], the wish's share."""
    square = (error * error).sum(axis=1)
    size = np.sqrt(square)
    shortened = error * (FAR / np.maximum(size, FAR))[:, None]
    return size, shortened, np.minimum(square, FAR**2), NEAR**2 / (NEAR**2 + square)


def measured(
    arm: ArmKinematics, T: np.ndarray, qpos: np.ndarray, batch: tuple[int, ...]
) -> Reached:
    """Postures with how far they are from their poses."""
    error = pose_error(T, arm.walk(qpos)[-1])
    position = np.linalg.norm(error[:, :3], axis=1)
    rotation = np.linalg.norm(error[:, 3:], axis=1)
    shape = (*batch, qpos.shape[1])
    return Reached(qpos.reshape(shape), position.reshape(batch), rotation.reshape(batch))


def _shortened(step: np.ndarray) -> np.ndarray:
    longest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, LONGEST / np.maximum(longest, LONGEST))


def _better(best: Reached, again: Reached, rows: np.ndarray) -> Reached:
    def size(reached: Reached) -> np.ndarray:
        return reached.position_error + LENGTH * reached.rotation_error

    rows, chosen = (x[size(again) < size(best)[rows]] for x in (rows, np.arange(len(rows))))
    arrays = []
    for name in ("qpos", "position_error", "rotation_error"):
        array = getattr(best, name).copy()
        array[rows] = getattr(again, name)[chosen]
        arrays.append(array)
    return Reached(*arrays)
