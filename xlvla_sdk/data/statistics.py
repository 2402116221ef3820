"""Statistics of columns: of an episode exactly, of a whole dataset in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

Statistics = Mapping[str, np.ndarray]
"""`min max mean std count` and, where they are known, `q01 q10 q50 q90 q99`; one feature's."""

QUANTILES: Mapping[str, float] = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
KEPT_ROWS = 16384
"""Rows from which a dataset's quantiles are taken, evenly spread over it; all of them up to there."""


def statistics(values: Float[np.ndarray, "T D"]) -> dict[str, np.ndarray]:
    """Statistics of an episode's rows; of a column that holds NaN or inf, NaN."""
    ordered = np.sort(values, axis=0)
    with np.errstate(invalid="ignore"):
        return {
            "min": ordered[0],
            "max": ordered[-1],
            "mean": values.mean(axis=0),
            "std": values.std(axis=0),
            "count": np.array([len(values)]),
            **_quantiles(ordered),
        }


class Pooled:
    """Statistics over episodes, added one after the other.

    Counts, means, deviations and extremes are exact; quantiles are those of every k-th row, with
    k doubled whenever more than `KEPT_ROWS` would be kept.
    """

    def __init__(self, width: int) -> None:
        self.count = 0
        self.mean, self.squares = np.zeros(width), np.zeros(width)
        self.lower, self.upper = np.full(width, np.inf), np.full(width, -np.inf)
        self._kept: list[np.ndarray] = []
        self._held, self._every = 0, 1

    def add(self, values: Float[np.ndarray, "T D"], known: Statistics) -> None:
        """Adds an episode's rows, whose own statistics are known."""
        self._keep(values)
        rows, before = len(values), self.count
        self.count += rows
        with np.errstate(invalid="ignore"):
            step = known["mean"] - self.mean
            self.mean = self.mean + step * (rows / self.count)
            self.squares += known["std"] ** 2 * rows + step**2 * (before * rows / self.count)
        self.lower = np.minimum(self.lower, known["min"])
        self.upper = np.maximum(self.upper, known["max"])

    def result(self, std_floor: float = 0.0) -> dict[str, np.ndarray]:
        """The dataset's statistics.

        Args:
            std_floor: Deviations below it are raised to it, so that nothing is divided by nearly 0.
        """
        std = np.sqrt(self.squares / max(self.count, 1))
        return {
            "min": self.lower,
            "max": self.upper,
            "mean": self.mean,
            "std": np.maximum(std, std_floor),
            "count": np.array([self.count]),
            **_quantiles(np.sort(np.concatenate(self._kept), axis=0)),
        }

    def _keep(self, values: np.ndarray) -> None:
        first = -self.count % self._every
        self._kept.append(np.array(values[first :: self._every], dtype=np.float32))
        self._held += len(self._kept[-1])
        while self._held > KEPT_ROWS:
            self._kept = [np.concatenate(self._kept)[::2].copy()]
            self._held, self._every = len(self._kept[0]), 2 * self._every


def pooled_pictures(episodes: Sequence[Statistics]) -> dict[str, np.ndarray]:
    """Statistics of pictures over episodes, from each episode's: no picture is opened.

    Quantiles are the episodes' own, weighed by their counts, as LeRobot does it.
    """
    counts = np.array([float(one["count"].reshape(-1)[0]) for one in episodes])
    weights = counts / counts.sum()
    mean = _weighed([one["mean"] for one in episodes], weights)
    spread = _weighed([one["std"] ** 2 + (one["mean"] - mean) ** 2 for one in episodes], weights)
    known = [name for name in QUANTILES if all(name in one for one in episodes)]
    return {
        "min": np.min([one["min"] for one in episodes], axis=0),
        "max": np.max([one["max"] for one in episodes], axis=0),
        "mean": mean,
        "std": np.sqrt(spread),
        "count": np.array([int(counts.sum())]),
        **{name: _weighed([one[name] for one in episodes], weights) for name in known},
    }


def plain(numbers: Statistics) -> dict[str, Any]:
    """For JSON and Arrow: nested lists."""
    return {name: np.asarray(value).tolist() for name, value in numbers.items()}


def _weighed(values: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    return np.tensordot(weights, np.stack(values), axes=1)


def _quantiles(ordered: np.ndarray) -> dict[str, np.ndarray]:
    """Linear between the two nearest of sorted rows, as np.quantile has it."""
    place = np.array(list(QUANTILES.values())) * (len(ordered) - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, len(ordered) - 1)
    part = (place - below)[:, None]
    rows = ordered[below] * (1.0 - part) + ordered[above] * part
    return dict(zip(QUANTILES, rows, strict=True))
