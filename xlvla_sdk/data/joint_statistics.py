"""What checks look at: ranges of a body's joints, and how measured joints follow commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import JointPlaces

LAG_S = 0.5
"""Measured joints are compared with commands of up to so long ago [s]."""
ROWS = 20_000
"""Rows that following is judged on, whole episodes evenly over the dataset."""
MOVES = 0.01
"""A joint whose deviation is below this [rad, m] says nothing of what it follows."""


@dataclass(frozen=True)
class Extremes:
    """The range that each joint's numbers take.

    Attributes:
        lower, upper: Least and greatest of each.
        episode: Where each joint is furthest outside its limits.
        row: In that episode.
    """

    lower: Float[np.ndarray, " D"]
    upper: Float[np.ndarray, " D"]
    episode: tuple[int, ...]
    row: tuple[int, ...]


@dataclass(frozen=True)
class JointStatistics:
    """Of a dataset's measured and commanded joints.

    Attributes:
        state, action: Their ranges.
        follows: (D, D): correlation of measured joint i with command j, each at its best lag.
        lag_s: The lag at which measured joints follow best, over all of them [s].
        moves: Which joints move, measured and commanded.
        sample_state, sample_action: Rows that the above is from [rad, m], the commands those of
            `lag_s` ago.
    """

    state: Extremes
    action: Extremes
    follows: Float[np.ndarray, "D D"]
    lag_s: float
    moves: np.ndarray
    sample_state: Float[np.ndarray, "N D"]
    sample_action: Float[np.ndarray, "N D"]


def joint_statistics(
    dataset: Dataset,
    places: JointPlaces,
    lower: Float[np.ndarray, " D"],
    upper: Float[np.ndarray, " D"],
) -> JointStatistics:
    """Reads every row once; keeps whole episodes of some 20 000 rows.

    Args:
        dataset: Of raw joints.
        places: Where they stand.
        lower, upper: The body's limits [rad, m].

    Raises:
        DataError: A file is damaged, or a number is not finite.
    """
    ranges = [_Range(lower, upper), _Range(lower, upper)]
    every = max(1, -(-dataset.info.frames // ROWS))
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for number, episode in enumerate(dataset):
        both = places.read(episode)
        for range_, values in zip(ranges, both, strict=True):
            range_.add(number, values)
        if number % every == 0:
            kept.append(both)
    longest = round(LAG_S * dataset.info.fps)
    lags = range(min(longest, min(len(state) for state, _ in kept) // 2) + 1)
    found = [_correlations(kept, lag) for lag in lags]
    best = int(np.argmax([float(np.diag(one).mean()) for one in found]))
    state, action = _at_lag(kept, best)
    moves = np.minimum(state.std(axis=0), action.std(axis=0)) > MOVES
    signed = np.stack(found)
    strongest = np.abs(signed).argmax(axis=0)
    follows = np.take_along_axis(signed, strongest[None], axis=0)[0]
    return JointStatistics(
        ranges[0].extremes(),
        ranges[1].extremes(),
        follows,
        best / dataset.info.fps,
        moves,
        state,
        action,
    )


class _Range:
    """Extremes over episodes."""

    def __init__(self, lower: np.ndarray, upper: np.ndarray) -> None:
        self._limits = lower, upper
        self._lower, self._upper = np.full(len(lower), np.inf), np.full(len(lower), -np.inf)
        self._worst = np.full(len(lower), -np.inf)
        self._where = np.zeros((2, len(lower)), dtype=int)

    def add(self, episode: int, values: np.ndarray) -> None:
        self._lower = np.minimum(self._lower, values.min(axis=0))
        self._upper = np.maximum(self._upper, values.max(axis=0))
        outside = np.maximum(self._limits[0] - values, values - self._limits[1])
        rows, worst = outside.argmax(axis=0), outside.max(axis=0)
        worse = worst > self._worst
        self._where[:, worse] = np.stack([np.full(len(rows), episode), rows])[:, worse]
        self._worst = np.maximum(self._worst, worst)

    def extremes(self) -> Extremes:
        return Extremes(
            self._lower, self._upper, tuple(self._where[0].tolist()), tuple(self._where[1].tolist())
        )


def _at_lag(
    kept: Sequence[tuple[np.ndarray, np.ndarray]], lag: int
) -> tuple[np.ndarray, np.ndarray]:
    state = np.concatenate([one[lag:] for one, _ in kept])
    action = np.concatenate([other[: len(other) - lag] for _, other in kept])
    return state, action


def _correlations(kept: Sequence[tuple[np.ndarray, np.ndarray]], lag: int) -> np.ndarray:
    """Of every measured joint with every command; 0 where one does not move."""
    state, action = (values - values.mean(axis=0) for values in _at_lag(kept, lag))
    scale = np.outer(state.std(axis=0), action.std(axis=0)) * len(state)
    return np.divide(state.T @ action, scale, out=np.zeros_like(scale), where=scale > 1e-9)
