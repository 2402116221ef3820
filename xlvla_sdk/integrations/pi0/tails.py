"""Tails: from which rows of a dataset a whole chunk can be learnt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from xlvla_sdk.errors import DataError


def whole_chunk_rows(lengths: Sequence[int], horizon: int) -> Int[np.ndarray, " N"]:
    """Rows of a dataset from which `horizon` rows, this one first, lie in the episode.

    Args:
        lengths: Rows of each episode, which follow one another.
        horizon: Rows of a chunk, at least 1.

    Raises:
        DataError: No episode is as long as a chunk.
    """
    starts = np.cumsum([0, *lengths])
    rows = [
        start + np.arange(max(length - horizon + 1, 0))
        for start, length in zip(starts, lengths, strict=False)
    ]
    found = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
    if not len(found):
        raise DataError(
            f"no episode has the {horizon} rows of a chunk; the longest has {max(lengths, default=0)}. "
            "Train with a shorter horizon.",
            horizon=horizon,
        )
    return found
