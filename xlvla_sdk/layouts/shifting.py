"""Where a robot should begin a known motion, and by how much the motion must be moved for it to follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.layouts.starting import best_start, reachable
from xlvla_sdk.layouts.transfer_report import followed, sides_followed

ENOUGH = 0.95
"""The part of the rows that a robot should follow where its stand suits the motion."""
FURTHEST = 0.5
"""No motion is moved by more than this [m]."""
COARSE, FINE = 0.1, 0.02
"""Between the shifts that are tried [m]."""
ROWS, GLANCE = 40, 5
"""Rows of the motion that a shift is tried on, about, and those that are looked at first."""


def shifted(
    layout: Layout, rows: Float[np.ndarray, "*rows A"], shift: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "*rows A"]:
    """The rows with every pinch point moved by `shift` [m], in the task frame."""
    rows = rows.astype(float)
    for side in layout.sides:
        if side.arm is not None:
            at = side.arm_row.start
            rows[..., at : at + 3] += shift
    return rows


def thinned(
    rows: Float[np.ndarray, "rows A"], hands: Sequence[np.ndarray | None]
) -> tuple[Float[np.ndarray, "fewer A"], tuple[np.ndarray | None, ...]]:
    """Some 40 rows of a motion, and the hands in them."""
    every = max(1, len(rows) // ROWS)
    return rows[::every], tuple(None if hand is None else hand[::every] for hand in hands)


def starting_posture(
    layout: Layout, rows: Float[np.ndarray, "rows A"], hands: Sequence[np.ndarray | None]
) -> Float[np.ndarray, " D"]:
    """The body's posture from which its arms follow a known motion best [rad, m].

    Args:
        layout: Of the body.
        rows: The motion.
        hands: Each side's hand in it, as `Layout.decode_hands` gives them [rad, m].
    """
    start = np.clip(np.zeros(len(layout.embodiment.joints)), *layout.embodiment.limits)
    for side, arm, hand in zip(layout.sides, layout.arms, hands, strict=True):
        if hand is not None:
            start[side.hand_qpos] = hand[0]
        if arm is not None and side.arm is not None:
            motion = arm.flange(rows[:, side.arm_row], hand)
            start[side.arm_qpos] = best_start(side.arm, arm.arm, motion)
    return start


def find_shift(
    layout: Layout, rows: Float[np.ndarray, "rows A"], hands: Sequence[np.ndarray | None]
) -> tuple[float, float, float] | None:
    """The smallest shift, to 2 cm, with which the body follows 95 % of a motion; None where none does.

    Args:
        layout: Of the body.
        rows: The motion.
        hands: Each side's hand in it [rad, m].
    """
    rows, hands = thinned(rows, hands)

    def enough(shift: np.ndarray) -> bool:
        moved = shifted(layout, rows, shift)
        if not _perhaps(layout, moved, hands):
            return False
        start = starting_posture(layout, moved, hands)
        near = followed(layout.reach_with(moved, hands, start))
        return bool(near.mean(axis=0).min() >= ENOUGH)

    coarse = next((shift for shift in _grid(COARSE, FURTHEST) if enough(shift)), None)
    if coarse is None:
        return None
    lengths = np.arange(FINE, np.linalg.norm(coarse), FINE)
    finer = (coarse * length / np.linalg.norm(coarse) for length in lengths)
    found = next((shift for shift in finer if enough(shift)), coarse)
    x, y, z = (np.round(found, 3) + 0.0).tolist()  # + 0.0 turns -0.0 into 0.0
    return x, y, z


def require_followed(
    who: str,
    layout: Layout,
    rows: Float[np.ndarray, "rows A"],
    hands: Sequence[np.ndarray | None],
    start: Float[np.ndarray, " D"],
) -> None:
    """Refuses a motion of which an arm follows less than 95 %.

    Args:
        who: What the message calls the motion.
        layout: Of the body.
        rows: The motion, thinned: rows out of reach take long.
        hands: Each side's hand in it [rad, m].
        start: The body's posture in which it begins [rad, m].

    Raises:
        DataError: With the shift that helps, in the message and as `shift`; None where none does.
    """
    sides = sides_followed(layout, layout.reach_with(rows, hands, start))
    worst = min(sides, key=lambda side: side.part, default=None)
    if worst is None or worst.part >= ENOUGH:
        return
    shift = find_shift(layout, rows, hands)
    helps = (
        f"With --shift {','.join(f'{x:g}' for x in shift)} it follows at least {ENOUGH:.0%}."
        if shift is not None
        else f"No shift of up to {FURTHEST} m helps."
    )
    raise DataError(
        f"{who}: {worst.arm} can follow {worst.part:.0%} of the rows where it stands; the furthest is "
        f"{worst.furthest:.2f} m off. {helps} Or say in a station where it stands; --shift 0,0,0 takes "
        "what there is. Nothing was written.",
        shift=shift,
    )


def _perhaps(layout: Layout, rows: np.ndarray, hands: Sequence[np.ndarray | None]) -> bool:
    """Whether every arm reaches enough of a few rows at all, each for itself: quickly said."""
    every = max(1, len(rows) // GLANCE)
    for side, arm, hand in zip(layout.sides, layout.arms, hands, strict=True):
        if arm is not None and side.arm is not None:
            poses = arm.flange(rows[::every, side.arm_row], None if hand is None else hand[::every])
            if reachable(side.arm, arm.arm, poses).mean() < ENOUGH:
                return False
    return True


def _grid(step: float, furthest: float) -> list[np.ndarray]:
    """Shifts on a grid, short ones first."""
    line = np.arange(-furthest, furthest + step / 2, step)
    points = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    lengths = np.linalg.norm(points, axis=1)
    order = np.argsort(lengths, kind="stable")
    return [points[k] for k in order if 0.0 < lengths[k] <= furthest + 1e-9]
