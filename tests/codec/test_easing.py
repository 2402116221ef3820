"""Easing: around a leap the weighted sum is at its minimum, and elsewhere nothing is touched."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.codec.easing import LEAP, LONGEST, SPAN, WEIGHT, ease

WIDE = np.array([-10.0, -10.0]), np.array([10.0, 10.0])
STIFFNESS = 0.05


def towards(wanted: np.ndarray):
    """A loss whose best posture at each row is known: a weighted squared distance to it."""
    scale = np.sqrt(STIFFNESS)

    def linearised(rows: slice, qpos: np.ndarray):
        residual = scale * (qpos - wanted[rows])
        jacobian = np.broadcast_to(scale * np.eye(2), (len(qpos), 2, 2))
        return (residual**2).sum(axis=1), residual, jacobian

    return linearised


def leaping(rows: int = 60, at: int = 30, by: float = 0.6) -> np.ndarray:
    wave = 0.3 * np.sin(np.linspace(0.0, 4.0, rows))
    motion = np.stack([wave, -wave], axis=1)
    motion[at:, 0] += by
    return motion


def cost(qpos: np.ndarray, wanted: np.ndarray) -> float:
    bends = np.diff(qpos, 2, axis=0)
    return float(STIFFNESS * ((qpos - wanted) ** 2).sum() + WEIGHT * (bends**2).sum())


def test_a_leap_is_gone_over_at_the_minimum_of_the_sum():
    wanted = leaping()
    eased = ease(wanted, WIDE, towards(wanted))
    moved = np.flatnonzero((eased != wanted).any(axis=1))
    # Quadratic in the rows that may move, so the minimum is one linear system's solution.
    rows = len(wanted)
    bend = np.diff(np.eye(rows), 2, axis=0)
    normal = STIFFNESS * np.eye(rows) + WEIGHT * bend.T @ bend
    fixed = np.setdiff1d(np.arange(rows), moved)
    right = STIFFNESS * wanted[moved] - normal[np.ix_(moved, fixed)] @ wanted[fixed]
    best = np.linalg.solve(normal[np.ix_(moved, moved)], right)
    np.testing.assert_allclose(eased[moved], best, atol=1e-4)
    assert np.abs(np.diff(eased, 2, axis=0)).max() < LEAP < np.abs(np.diff(wanted, 2, axis=0)).max()


def test_rows_away_from_leaps_stay_bit_for_bit():
    wanted = leaping()
    eased = ease(wanted, WIDE, towards(wanted))
    np.testing.assert_array_equal(eased[: 30 - SPAN - 2], wanted[: 30 - SPAN - 2])
    np.testing.assert_array_equal(eased[30 + SPAN + 2 :], wanted[30 + SPAN + 2 :])
    smooth = leaping(by=0.0)
    np.testing.assert_array_equal(ease(smooth, WIDE, towards(smooth)), smooth)


def test_a_joint_at_its_limit_stays_within():
    wanted = leaping()
    tight = np.array([-10.0, -10.0]), wanted.max(axis=0)
    eased = ease(wanted, tight, towards(wanted))
    assert (eased <= tight[1]).all()
    assert cost(eased, wanted) < cost(wanted, wanted)


@pytest.mark.parametrize("at", [1, 2, 58])
def test_leaps_at_the_ends_are_gone_over_too(at: int):
    wanted = leaping(at=at)
    eased = ease(wanted, WIDE, towards(wanted))
    assert cost(eased, wanted) < 0.5 * cost(wanted, wanted)


def test_leaps_in_a_row_are_solved_in_windows():
    wanted = leaping(rows=3 * LONGEST)
    wanted[:, 0] += 0.5 * (np.arange(3 * LONGEST) // 5 % 2)
    eased = ease(wanted, WIDE, towards(wanted))
    assert cost(eased, wanted) < 0.5 * cost(wanted, wanted)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_motions_too_short_to_bend_are_returned(rows: int):
    wanted = leaping()[28 : 28 + rows]
    np.testing.assert_array_equal(ease(wanted, WIDE, towards(wanted)), wanted)
