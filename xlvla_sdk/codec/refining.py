"""Takes the latent's answer to the geometry's best, posture by posture; numpy, no training.

Minimises the paper's L2 between a source's thumb-to-finger vectors and a target's, by damped least
squares from where the codec put the target. It needs the source's kinematics, so it serves
recordings, not policies, which see latents only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.easing import ease
from xlvla_sdk.kinematics.screws import HandKinematics

DISTANCE_WEIGHT = 2000.0
"""l_dis: of squared distance errors [1/m^2]. Source: arXiv 2603.10158, section 3."""
DIRECTION_WEIGHT = 5.0
"""l_dir: of one minus the cosine between directions. Source: as above."""
TIGHTNESS = 12.0
"""l_exp: how fast a pair's weight falls with its distance [1/m]. Source: as above."""

LARGEST_STEP = 0.3
"""Where even an eased motion would step further from one row to the next, it follows by this [rad]."""
NEAR_STEPS = 25
"""Steps from a neighbouring row's posture, which is close already."""
LEAP = 0.1
"""A row further than this from the one before it [rad] is solved again from there."""
SLIGHT = 1e-5
"""What the posture next to the last may cost more than the best that was found."""
SETTLED = 1e-10
"""When no row's loss changes by more, the steps end."""
_NEAR = 1e-3
"""Below this distance [m] a direction's gradient is taken as at it: it has no meaning nearer."""


@dataclass(frozen=True)
class _Goal:
    """What a source's posture asks for: (rows, P) distances and weights, (rows, P, 3) directions."""

    unit: np.ndarray
    distance: np.ndarray
    weight: np.ndarray

    def rows(self, rows: slice) -> _Goal:
        return _Goal(*(values[rows] for values in vars(self).values()))


def refine(
    source: HandKinematics,
    source_qpos: Float[np.ndarray, "rows D"],
    target: HandKinematics,
    target_qpos: Float[np.ndarray, "rows E"],
    steps: int = 100,
) -> Float[np.ndarray, "rows E"]:
    """Target postures nearest to the source's in thumb-to-finger vectors.

    Args:
        source: The recorded hand, as the space sees it.
        source_qpos: Its postures, in the order they were recorded [rad, m].
        target: The hand that shall move, as the space sees it.
        target_qpos: Where to begin [rad, m]: what its codec decoded.
        steps: Steps of damped least squares.

    Returns:
        Postures within the target's limits [rad, m]: the best ones, but where these leap, a smooth
        motion past (`easing`); no joint steps more than 0.3 rad a row.
    """
    shared, goal = _asked(source, source_qpos, target)

    def asked(rows: slice, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return _linearised(target, shared, goal.rows(rows), qpos)

    qpos, loss = _solved(target, shared, goal, _inside(target, target_qpos), steps)
    for row in range(1, len(qpos)):
        if np.abs(qpos[row] - qpos[row - 1]).max() > LEAP:
            # Hands with joints to spare have many best postures: take the one next to the last.
            near = qpos[row - 1 : row]
            alone = goal.rows(slice(row, row + 1))
            other, cost = _solved(target, shared, alone, near, NEAR_STEPS)
            if cost[0] <= loss[row] + SLIGHT:
                qpos[row] = other[0]
    return _followed(ease(qpos, target.limits, asked))


def refine_each(
    source: HandKinematics,
    source_qpos: Float[np.ndarray, "rows D"],
    target: HandKinematics,
    target_qpos: Float[np.ndarray, "rows E"],
    steps: int = 100,
) -> tuple[Float[np.ndarray, "rows E"], Float[np.ndarray, " rows"]]:
    """As `refine`, but every row by itself: rows in no order, whatever stands beside them.

    Returns:
        Postures within the target's limits [rad, m], and the sum of the paper's L2 over the shared
        fingers that each leaves; never above where it began.
    """
    shared, goal = _asked(source, source_qpos, target)
    return _solved(target, shared, goal, _inside(target, target_qpos), steps)


def _followed(qpos: np.ndarray) -> np.ndarray:
    """The motion, followed by at most LARGEST_STEP a row."""
    for row in range(1, len(qpos)):
        step = np.clip(qpos[row] - qpos[row - 1], -LARGEST_STEP, LARGEST_STEP)
        qpos[row] = qpos[row - 1] + step
    return qpos


def _asked(
    source: HandKinematics, source_qpos: np.ndarray, target: HandKinematics
) -> tuple[list[str], _Goal]:
    """The fingers both hands have, and what the source's postures ask of them."""
    shared = [f for f in source.finger_names[1:] if f in target.finger_names]
    return shared, _goal(_deltas(source, shared, np.asarray(source_qpos, dtype=float)))


def _inside(hand: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(qpos, dtype=float), hand.lower, hand.upper)


def _solved(
    hand: HandKinematics, shared: list[str], goal: _Goal, qpos: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Every row's posture after damped least squares, and its loss, never above where it began."""
    damping = np.full(len(qpos), 1e-3)
    loss, residual, jacobian = _linearised(hand, shared, goal, qpos)
    for _ in range(steps):
        tried = qpos - _step(hand, qpos, residual, jacobian, damping)
        tried = np.clip(tried, hand.lower, hand.upper)
        new_loss, new_residual, new_jacobian = _linearised(hand, shared, goal, tried)
        better = new_loss < loss
        settled = bool((np.abs(loss - new_loss) <= SETTLED).all())
        qpos = np.where(better[:, None], tried, qpos)
        loss = np.where(better, new_loss, loss)
        residual = np.where(better[:, None], new_residual, residual)
        jacobian = np.where(better[:, None, None], new_jacobian, jacobian)
        damping = np.clip(np.where(better, damping * 0.3, damping * 5.0), 1e-9, 1e6)
        if settled:
            break
    return qpos, loss


def _deltas(hand: HandKinematics, shared: list[str], qpos: np.ndarray) -> np.ndarray:
    tips = hand.tips(qpos)
    rows = [hand.finger_names.index(finger) for finger in shared]
    return tips[:, :1] - tips[:, rows]


def _goal(deltas: np.ndarray) -> _Goal:
    distance = np.linalg.norm(deltas, axis=-1)
    unit = deltas / np.maximum(distance, 1e-9)[..., None]
    return _Goal(unit, distance, np.exp(-TIGHTNESS * distance))


def _linearised(
    hand: HandKinematics, shared: list[str], goal: _Goal, qpos: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loss (rows,), residuals (rows, 4 P) whose squares sum to it, and their Jacobian."""
    d = _deltas(hand, shared, qpos)
    moves = hand.tips_jacobian(qpos)
    rows = [hand.finger_names.index(finger) for finger in shared]
    J = moves[:, :1] - moves[:, rows]  # (rows, P, 3, E)
    distance = np.linalg.norm(d, axis=-1)
    unit = d / np.maximum(distance, 1e-9)[..., None]
    far = np.sqrt(DISTANCE_WEIGHT * goal.weight)
    turn = np.sqrt(0.5 * DIRECTION_WEIGHT * goal.weight)[..., None]
    along = np.einsum("bpx,bpxe->bpe", unit, J)
    across = (J - unit[..., None] * along[:, :, None]) / np.maximum(distance, _NEAR)[
        ..., None, None
    ]
    residual = np.concatenate(
        [(far * (distance - goal.distance))[..., None], turn * (unit - goal.unit)], axis=-1
    )
    jacobian = np.concatenate(
        [(far[..., None] * along)[:, :, None], turn[..., None] * across], axis=2
    )
    residual = residual.reshape(len(qpos), -1)
    return (residual**2).sum(axis=1), residual, jacobian.reshape(len(qpos), -1, qpos.shape[1])


def _step(
    hand: HandKinematics,
    qpos: np.ndarray,
    residual: np.ndarray,
    jacobian: np.ndarray,
    damping: np.ndarray,
) -> np.ndarray:
    """The damped least-squares step; joints that press against a limit stay there."""
    gradient = np.einsum("bre,br->be", jacobian, residual)
    pressed = ((qpos <= hand.lower) & (gradient > 0)) | ((qpos >= hand.upper) & (gradient < 0))
    free = ~pressed
    jacobian = jacobian * free[:, None]
    normal = np.einsum("bre,brf->bef", jacobian, jacobian)
    normal = normal + damping[:, None, None] * np.eye(qpos.shape[1])
    return np.linalg.solve(normal, (gradient * free)[..., None])[..., 0]
