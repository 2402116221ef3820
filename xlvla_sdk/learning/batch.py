"""Batch: what one step of a training learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8


@dataclass(frozen=True)
class Shown:
    """What a variant is shown of some rows; of what it is not shown there are none.

    Attributes:
        things: Origin [m] and two columns of the rotation, in the task frame.
        there: Which of them are there: as many in every row as in the scene that has most.
        names: The things' names, as numbers of words.
        pictures: Of each camera, S pixels high and wide, the top row first.
    """

    things: Float[np.ndarray, "N T 9"]
    there: Bool[np.ndarray, "N T"]
    names: Int[np.ndarray, "N T V"]
    pictures: UInt8[np.ndarray, "N K S S 3"]

    @staticmethod
    def nothing(rows: int) -> Shown:
        """No things and no pictures of some rows."""
        return Shown(
            np.zeros((rows, 0, 9), dtype=np.float32),
            np.zeros((rows, 0), dtype=bool),
            np.zeros((rows, 0, 1), dtype=np.int64),
            np.zeros((rows, 0, 0, 0, 3), dtype=np.uint8),
        )


UNMOVED = np.array([0, 0, 0, 1, 0, 0, 0, 1, 0], dtype=np.float32)
"""A frame that was not moved."""


@dataclass(frozen=True)
class Batch:
    """What one step learns from; `names` and `prompts` are numbers of words, `weights` how much a row counts.

    `frame` is where the task frame has been moved to in each sample, as an origin [m] and two columns of a
    rotation: pictures were not moved with it.
    """

    state: Float[np.ndarray, "B A"]
    things: Float[np.ndarray, "B T 9"]
    there: Bool[np.ndarray, "B T"]
    names: Int[np.ndarray, "B T V"]
    prompts: Int[np.ndarray, "B W"]
    pictures: UInt8[np.ndarray, "B K S S 3"]
    frame: Float[np.ndarray, "B 9"]
    chunks: Float[np.ndarray, "B H A"]
    weights: Float[np.ndarray, "B H"]
