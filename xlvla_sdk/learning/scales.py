"""Scales: what numbers are normalised by before a network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

LEAST = 0.01
"""Least deviation, as in the statistics of encoded datasets: a column that hardly moves would
otherwise be blown up."""
LEAST_HAND = 0.5
"""Least deviation of a measured hand's columns, which are of order one in every layout. Where a task
never moved the hand, what is left is how it sags: a network that looks that closely tells by it how
far it is, and is lost when another posture is measured."""
LEAST_PART = 0.1
"""Least deviation of a row of a chunk, as a part of all its rows': the first is almost where the arm
is measured, and what little is between them is no matter for the network's last digit."""


@dataclass(frozen=True)
class Scales:
    """What numbers are normalised by: (x - mean) / std.

    Attributes:
        state_mean, state_std: Of measured rows.
        action_mean, action_std: Of commanded rows, for each row of a chunk: where they say where an
            arm is, as they differ from the measured row that the chunk begins at.
        action_lower, action_upper: Between which a hand's commanded columns were; no bounds where a
            column says where an arm is.
        position_mean, position_std: Of all things' positions together [m]; 0 and 1 where none are said.
    """

    state_mean: Float[np.ndarray, " A"]
    state_std: Float[np.ndarray, " A"]
    action_mean: Float[np.ndarray, "H A"]
    action_std: Float[np.ndarray, "H A"]
    action_lower: Float[np.ndarray, " A"]
    action_upper: Float[np.ndarray, " A"]
    position_mean: Float[np.ndarray, "3"]
    position_std: Float[np.ndarray, "3"]

    @staticmethod
    def of(
        state: Float[np.ndarray, "N A"],
        action: Float[np.ndarray, "N A"],
        last: Int[np.ndarray, " N"],
        places: Float[np.ndarray, "M 3"],
        moved: Float[np.ndarray, " A"],
        horizon: int,
    ) -> Scales:
        """The scales of all chunks.

        Args:
            state, action: Measured and commanded rows of all episodes.
            last: For each row, the last of its episode.
            places: Where things were, of those that were there [m]; maybe none.
            moved: One where a column says where an arm is, zero elsewhere.
            horizon: Rows of a chunk.
        """
        means, stds = [], []
        for ahead in range(horizon):
            rows = np.flatnonzero(np.arange(len(state)) + ahead <= last)
            if len(rows):
                chunk = action[rows + ahead] - state[rows] * moved
                means.append(chunk.mean(axis=0))
                stds.append(chunk.std(axis=0))
            else:  # no episode is as long: nothing is learned of the row
                means.append(means[-1])
                stds.append(stds[-1])
        if not len(places):
            places = np.array([[-1.0], [1.0]]) * np.ones(3)
        mean, std = np.stack(means), np.stack(stds)
        whole = np.sqrt((std**2).mean(axis=0))
        return Scales(
            state.mean(axis=0),
            np.maximum(state.std(axis=0), np.where(moved > 0.0, LEAST, LEAST_HAND)),
            mean,
            np.maximum(std, np.maximum(LEAST_PART * whole, LEAST)),
            np.where(moved > 0.0, -np.inf, action.min(axis=0)),
            np.where(moved > 0.0, np.inf, action.max(axis=0)),
            places.mean(axis=0),
            np.maximum(places.std(axis=0), LEAST),
        )
