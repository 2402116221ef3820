"""Where a codec errs: by finger, and by how far the finger is from the thumb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.latent.trials import Trial
from xlvla_sdk.specs import FINGERS

REGIONS = (
    ("touching", "under 5 mm", 0.0, 0.005),
    ("closing", "5 to 30 mm", 0.005, 0.030),
    ("apart", "30 to 80 mm", 0.030, 0.080),
    ("open", "over 80 mm", 0.080, np.inf),
)
"""By the distance from thumb to finger on the hand whose posture it is [m]: name, words, from, to."""
FULL_MM, FULL_DEG = 15.0, 40.0
"""Errors that are painted in full [mm], [deg]."""
FEWEST = 5
"""A mean over fewer postures is not given."""


@dataclass(frozen=True)
class Cell:
    """Mean errors of one finger in one region.

    Attributes:
        rows: Over how many postures.
        mm: Of the distance to the thumb, by the codec [mm].
        best_mm: The same by oracle-c.
        deg: Of its direction, by the codec [deg].
        best_deg: The same by oracle-c.
    """

    rows: int
    mm: float
    best_mm: float
    deg: float
    best_deg: float

    @property
    def tint_mm(self) -> str:
        """The colour of its error of distance."""
        return tint(self.mm / FULL_MM)

    @property
    def tint_deg(self) -> str:
        """The colour of its error of direction."""
        return tint(self.deg / FULL_DEG)


def errors_by_region(
    trials: Sequence[Trial], hand: str, as_source: bool
) -> dict[str, list[Cell | None]]:
    """A row of cells for each finger, in the order of REGIONS; None where there are too few postures.

    Args:
        trials: Of pairs with the hand.
        hand: The hand as the trials name it.
        as_source: Whether its own postures on other hands are looked at, else theirs on it.
    """
    mine = [t for t in trials if (t.source if as_source else t.target) == hand]
    table: dict[str, list[Cell | None]] = {}
    for slot, finger in enumerate(FINGERS[1:]):
        shared = [trial for trial in mine if bool(trial.both[slot])]
        if shared:
            wanted, reached, best = (
                np.concatenate([np.asarray(getattr(trial, key))[:, slot] for trial in shared])
                for key in ("wanted", "reached", "best")
            )
            table[finger] = [_cell(wanted, reached, best, *bounds) for _, _, *bounds in REGIONS]
    return table


def _cell(
    wanted: np.ndarray, reached: np.ndarray, best: np.ndarray, lower: float, upper: float
) -> Cell | None:
    distance = np.linalg.norm(wanted, axis=1)
    rows = (distance >= lower) & (distance < upper)
    if rows.sum() < FEWEST:
        return None
    errors = (_errors(wanted[rows], vectors[rows]) for vectors in (reached, best))
    (mm, deg), (best_mm, best_deg) = errors
    return Cell(int(rows.sum()), mm, best_mm, deg, best_deg)


def _errors(wanted: np.ndarray, reached: np.ndarray) -> tuple[float, float]:
    """Mean error of distance [mm] and of direction [deg]."""
    lengths = [np.linalg.norm(vectors, axis=1) for vectors in (wanted, reached)]
    cosine = (wanted * reached).sum(axis=1) / np.maximum(lengths[0] * lengths[1], 1e-12)
    mm = 1e3 * float(np.abs(lengths[1] - lengths[0]).mean())
    return mm, float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).mean())


_STOPS = np.array([(226, 243, 234), (253, 240, 205), (246, 190, 170)])


def tint(part: float) -> str:
    """From green by yellow to red, as `#rrggbb`, for 0 to 1 and what is beyond."""
    at = 2.0 * min(max(part, 0.0), 1.0)
    low = min(int(at), 1)
    colour = _STOPS[low] + (at - low) * (_STOPS[low + 1] - _STOPS[low])
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)
