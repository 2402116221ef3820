"""A chunk as a spline: few numbers, and no corners between its rows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def spline_basis(rows: int, points: int) -> Float[np.ndarray, "H P"]:
    """How much of each control point is in each row of a chunk; the parts of a row sum to one.

    Cubic B-splines over evenly spaced knots: a control point moves the rows of four spaces between
    knots, and speed and acceleration have no jumps.

    Args:
        rows: H of them, evenly spaced from the first knot to the last.
        points: At least four.

    Source:
        The Cox-de Boor recursion in closed form for cubic splines and uniform knots.
    """
    assert points >= 4
    spaces = points - 3
    at = np.linspace(0.0, spaces, rows) if rows > 1 else np.zeros(1)
    knot = np.minimum(at.astype(int), spaces - 1)
    t = at - knot
    parts = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    basis = np.zeros((rows, points))
    for k, part in enumerate(parts):
        basis[np.arange(rows), knot + k] = part / 6.0
    return basis
