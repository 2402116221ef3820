"""What became of the things: when a demonstration has hold of them, and where a replay parts from it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from jaxtyping import Float

WIDTH = 9
"""Columns of a thing: its position [m], then two columns of its rotation; see `ThingState.row`."""
MOVED, NUDGED = 0.002, 0.03
"""A thing this far from where it began [m], or turned so far over [rad], has been touched."""
EARLY = 4
"""Rows, 0.2 s: fingers that come so much before the demonstration's, come too soon."""
APART, TURNED = 0.015, 0.15
"""From where on a thing is elsewhere than in the demonstration [m], or leans otherwise [rad]."""


class Parted(StrEnum):
    """When a thing went another way than in the demonstration."""

    BEFORE = "before"
    WHILE = "while"
    AFTER = "after"
    NEVER = "never"


def held(things: Float[np.ndarray, "T E"]) -> list[tuple[int, int]]:
    """For each thing the rows from which on, and until which, a demonstration moves it.

    Things that stay where they are, are left out.
    """
    found = []
    for thing in _each(things):
        place = thing[:, :3]
        away = np.linalg.norm(place - place[0], axis=1) > MOVED
        if away.any():
            still = np.linalg.norm(place - place[-1], axis=1) <= MOVED
            last = int(np.flatnonzero(~still)[-1]) if not still.all() else 0
            found.append((int(away.argmax()), last))
    return found


def parted(own: Float[np.ndarray, "T E"], other: Float[np.ndarray, "S E"]) -> Parted:
    """When a replay's things part from the demonstration's.

    Before the demonstration moved that thing: the hand ran into it. Else by when it first was elsewhere
    at the same moment: while the demonstration moved it, or after it had let go.

    Args:
        own: Where things are in the demonstration.
        other: Where they are in the replay, the same rows.
    """
    rows = min(len(own), len(other))
    first: tuple[int, Parted] | None = None
    if any(_run_into(*each) for each in zip(_each(own), _each(other), strict=True)):
        return Parted.BEFORE
    for mine, theirs in zip(_each(own), _each(other), strict=True):
        off = _off(mine[:rows], theirs[:rows])
        if off.any() and (first is None or off.argmax() < first[0]):
            row = int(off.argmax())
            first = row, _phase(row, held(mine))
    return Parted.NEVER if first is None else first[1]


def _run_into(mine: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether a replay touched a thing long before the demonstration did."""
    touched = np.linalg.norm(theirs[:, :3] - theirs[0, :3], axis=1) > MOVED
    touched |= _turned(theirs, theirs[:1]) > NUDGED
    begin = min((row for row, _ in held(mine)), default=len(mine))
    return bool(touched[: max(begin - EARLY, 0)].any())


def _phase(row: int, when: list[tuple[int, int]]) -> Parted:
    if not when or row < when[0][0]:
        return Parted.BEFORE
    return Parted.WHILE if row <= when[0][1] else Parted.AFTER


def _off(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    apart = np.linalg.norm(mine[:, :3] - theirs[:, :3], axis=1) > APART
    return apart | (_turned(mine, theirs) > TURNED)


def _turned(mine: np.ndarray, theirs: np.ndarray) -> Float[np.ndarray, " rows"]:
    """The angle between the things' axes [rad]; a thing that turns upright has not turned over."""
    up, other = (np.cross(rows[:, 3:6], rows[:, 6:9]) for rows in (mine, theirs))
    return np.arccos(np.clip((up * other).sum(axis=1), -1.0, 1.0))


def _each(things: np.ndarray) -> list[np.ndarray]:
    return [things[:, at : at + WIDTH] for at in range(0, things.shape[1], WIDTH)]
