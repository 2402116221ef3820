"""How far two clouds of codes stand apart: three statistics, in numpy.

Definitions and reasons: docs/concepts/latent.md. All three are of codes as decoders read them, and
none depends on the space's scale.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

CHANCE = 0.5
"""What a probe scores that learnt nothing: both hands have as many codes."""
RIDGE = 1e-3
"""Of the probe's weights, per training code."""
_NEWTON_STEPS = 30


def energy_gap(one: Float[np.ndarray, "rows L"], other: Float[np.ndarray, "rows L"]) -> float:
    """The energy distance of two clouds over what it could be at most: 0 alike, 1 wholly apart.

    `(2 E|x - y| - E|x - x'| - E|y - y'|) / (2 E|x - y|)`, without bias: no code is compared with
    itself, nor with the one of its own row. So it may fall a little below 0 by chance.

    Args:
        one: Codes of one hand, two rows or more.
        other: As many of the other hand.
    """
    between = _mean_distance(one, other)
    within = _mean_distance(one, one) + _mean_distance(other, other)
    return float((2.0 * between - within) / (2.0 * between)) if between > 0.0 else 0.0


def paired_distance(one: Float[np.ndarray, "rows L"], other: Float[np.ndarray, "rows L"]) -> float:
    """The mean distance within a row over that between rows: 0 the same codes, 1 unrelated ones."""
    between = _mean_distance(one, other)
    within_rows = np.linalg.norm(one - other, axis=1).mean()
    return float(within_rows / between) if between > 0.0 else 0.0


def probe_accuracy(
    one: Float[np.ndarray, "rows L"], other: Float[np.ndarray, "rows L"], seed: int = 0
) -> float:
    """How often a linear probe tells which hand a code is from, on the half it did not see.

    Logistic regression on standardised codes. Rows are split at random, both codes of a row into
    the same half, so that the probe cannot know a held-out geometry from the other hand.

    Args:
        one: Codes of one hand, four rows or more.
        other: As many of the other hand, for the same geometry row by row where they are matched.
        seed: Of the split.
    """
    order = np.random.default_rng(seed).permutation(len(one))
    seen, held = np.split(order, [len(order) // 2])
    known = np.concatenate([one[seen], other[seen]]).astype(float)
    mean, std = known.mean(axis=0), known.std(axis=0)
    scale = np.where(std > 0.0, 1.0 / np.where(std > 0.0, std, 1.0), 0.0)
    weight = _logistic((known - mean) * scale, np.repeat([1.0, 0.0], len(seen)))
    scores = [_with_one((codes[held] - mean) * scale) @ weight for codes in (one, other)]
    right = np.concatenate([scores[0], -scores[1]])
    return float(np.mean((right > 0.0) + 0.5 * (right == 0.0)))


def _mean_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of codes in different rows."""
    one, other = one.astype(float), other.astype(float)
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2.0 * one @ other.T
    distance = np.sqrt(np.maximum(squares, 0.0))
    np.fill_diagonal(distance, 0.0)
    return float(distance.sum() / (len(one) * (len(one) - 1)))


def _with_one(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _logistic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression, the constant last, by Newton's method."""
    x = _with_one(x)
    ridge = RIDGE * len(x) * np.diag(np.append(np.ones(x.shape[1] - 1), 1e-6))
    weight = np.zeros(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weight, -30.0, 30.0)))
        gradient = x.T @ (p - y) + ridge @ weight
        curvature = (x * (p * (1.0 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(curvature, gradient)
        weight = weight - step
        if np.abs(step).max() < 1e-8:
            break
    return weight
