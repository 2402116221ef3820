"""A rotation as six numbers of a row: its first column, then its second.

Source: the continuous representation of Zhou et al., On the Continuity of Rotation Representations in
Neural Networks, CVPR 2019.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import PolicyError

COLLINEAR = 1e-3
"""Columns shorter than this, or nearer to one line than this sine, are no rotation."""


def rotation_columns(R: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 6"]:
    """R[:, 0], then R[:, 1]."""
    return np.concatenate([R[..., :, 0], R[..., :, 1]], axis=-1)


def rotation_of(
    columns: Float[np.ndarray, "*batch 6"], where: str
) -> Float[np.ndarray, "*batch 3 3"]:
    """The rotation whose first column is `columns`' first three, and whose second is near the others.

    Args:
        columns: Of any length; the first is normalised, then the second made orthogonal to it.
        where: What they are, for the message.

    Raises:
        PolicyError: When a column is nearly zero or both lie on one line, naming the row.
    """
    first, second = columns[..., :3], columns[..., 3:]
    lengths = [np.linalg.norm(column, axis=-1, keepdims=True) for column in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = first / lengths[0], second / lengths[1]
        y = y - (x * y).sum(axis=-1, keepdims=True) * x
        sine = np.linalg.norm(y, axis=-1, keepdims=True)
        y = y / sine
    right = (np.minimum(*lengths) > COLLINEAR) & (sine > COLLINEAR)
    if not right.all():
        _refuse(columns, right[..., 0], where)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _refuse(columns: np.ndarray, right: np.ndarray, where: str) -> None:
    row = int(np.flatnonzero(~right.reshape(-1))[0])
    numbers = ", ".join(f"{number:.3g}" for number in columns.reshape(-1, 6)[row])
    raise PolicyError(
        f"{where}: row {row} holds no rotation: its two columns ({numbers}) are zero, or on one line. "
        "They are the first two columns of the rotation matrix, three numbers each; check what the "
        "policy writes there.",
        row=row,
    )
