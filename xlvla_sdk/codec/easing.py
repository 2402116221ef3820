"""Goes over leaps: where the best posture leaps from row to row, a motion passes smoothly instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

LEAP = 0.2
"""Second difference of a joint [rad, m] from which rows are a leap: a motion at 50 Hz that does so on
purpose would change a joint's speed by 10 rad/s from one row to the next."""
SPAN = 8
"""Rows on either side that may move to make way for one: a third of a second at 25 to 50 Hz."""
LONGEST = 48
"""Rows that are solved at once; where leaps follow each other, windows do."""
WEIGHT = 0.3
"""Of squared second differences [1/rad^2] beside a row's loss: between 0.1 and 0.3 the distances of a
real recording stay within 5 % of the best postures' own, and its accelerations at the source's."""
STEPS = 40
SETTLED = 1e-7
"""When the cost falls by less than this share, the steps end."""
_PRESSED = 1e6
"""Stiffness of a joint that presses against a limit: it stays there."""

Linearised = Callable[
    [slice, Float[np.ndarray, "rows E"]], tuple[np.ndarray, np.ndarray, np.ndarray]
]
"""Rows of the motion and postures for them, to loss (rows,), residuals (rows, R) and Jacobian."""


def ease(
    qpos: Float[np.ndarray, "rows E"],
    limits: tuple[Float[np.ndarray, " E"], Float[np.ndarray, " E"]],
    linearised: Linearised,
) -> Float[np.ndarray, "rows E"]:
    """The motion with its leaps gone over; rows far from any stay as they are, bit for bit.

    Args:
        qpos: Postures of one motion, in its order [rad, m], within the limits.
        limits: Lower and upper [rad, m].
        linearised: The loss of postures at some rows, as squared residuals and their Jacobian.

    Returns:
        The same shape. Around a leap the sum of losses and of weighted squared second differences is
        at a minimum over the rows there, by damped least squares; never above where it began.
    """
    eased = qpos.copy()
    for window in _windows(_near_leaps(qpos)):
        eased[window] = _Window(eased, window, limits, linearised).solved()
    return eased


def _near_leaps(qpos: Float[np.ndarray, "rows E"]) -> Bool[np.ndarray, " rows"]:
    near = np.zeros(len(qpos), dtype=bool)
    if len(qpos) < 3:
        return near
    for row in 1 + np.flatnonzero(np.abs(np.diff(qpos, 2, axis=0)).max(axis=1) > LEAP):
        near[max(0, row - SPAN) : row + SPAN + 1] = True
    return near


def _windows(near: Bool[np.ndarray, " rows"]) -> Iterator[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(int)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        for first in range(begin, end, LONGEST):
            yield slice(first, min(first + LONGEST, end))


@dataclass(frozen=True)
class _Window:
    """Rows that are solved together; up to two neighbours on either side stay, and count."""

    motion: np.ndarray
    rows: slice
    limits: tuple[np.ndarray, np.ndarray]
    linearised: Linearised

    def solved(self) -> np.ndarray:
        inner = self.motion[self.rows].copy()
        cost, parts = self._cost(inner)
        damping = 1e-3
        for _ in range(STEPS):
            tried = np.clip(inner - self._step(inner, parts, damping), *self.limits)
            new_cost, new_parts = self._cost(tried)
            if new_cost >= cost:
                damping *= 5.0
                continue
            settled = cost - new_cost <= SETTLED * cost
            inner, cost, parts, damping = tried, new_cost, new_parts, max(damping * 0.3, 1e-9)
            if settled:
                break
        return inner

    @cached_property
    def _around(self) -> tuple[np.ndarray, np.ndarray]:
        """The neighbours before and after."""
        first, end = self.rows.start, self.rows.stop
        return self.motion[max(0, first - 2) : first], self.motion[end : end + 2]

    @cached_property
    def _moves(self) -> np.ndarray:
        """How the rows enter the second differences over the window and its neighbours."""
        before, after = map(len, self._around)
        inner = self.rows.stop - self.rows.start
        bends = np.diff(np.eye(before + inner + after), 2, axis=0)
        return bends[:, before : before + inner]

    @cached_property
    def _stiffness(self) -> np.ndarray:
        """What second differences add to the normal matrix: (rows E, rows E)."""
        return np.kron(WEIGHT * self._moves.T @ self._moves, np.eye(self.motion.shape[1]))

    def _bends(self, inner: np.ndarray) -> np.ndarray:
        before, after = self._around
        return np.diff(np.concatenate([before, inner, after]), 2, axis=0)

    def _cost(self, inner: np.ndarray) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
        loss, residual, jacobian = self.linearised(self.rows, inner)
        bends = self._bends(inner)
        return float(loss.sum() + WEIGHT * (bends**2).sum()), (residual, jacobian)

    def _step(
        self, inner: np.ndarray, parts: tuple[np.ndarray, np.ndarray], damping: float
    ) -> np.ndarray:
        residual, jacobian = parts
        bent = WEIGHT * self._moves.T @ self._bends(inner)
        gradient = np.einsum("bre,br->be", jacobian, residual) + bent
        lower, upper = self.limits
        pressed = ((inner <= lower) & (gradient > 0)) | ((inner >= upper) & (gradient < 0))
        rows, joints = inner.shape
        normal = self._stiffness.reshape(rows, joints, rows, joints).copy()
        each = np.arange(rows)
        normal[each, :, each] += np.einsum("bre,brf->bef", jacobian, jacobian)
        normal = normal.reshape(rows * joints, -1)
        normal[np.diag_indices_from(normal)] += damping + _PRESSED * pressed.ravel()
        return np.linalg.solve(normal, (gradient * ~pressed).ravel()).reshape(inner.shape)
