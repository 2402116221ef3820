"""The tactile hand's sensor fields: where each lies, and reading all of them.

Source: user manual PRJ-02-TS-U-001 V1.0.0, section 2.6.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from xlvla_inspire.registers import Block, Registers

START = 3000
_FINGER = {"end": (3, 3), "tip": (12, 8), "pad": (10, 8)}
_THUMB = {"end": (3, 3), "tip": (12, 8), "middle": (3, 3), "pad": (12, 8)}
PALM = (8, 14)
FIELDS = {  # in the order of their addresses, one word a point, without a gap
    **{f"{finger}_{part}": shape
       for finger in ("pinky", "ring", "middle", "index") for part, shape in _FINGER.items()},
    **{f"thumb_{part}": shape for part, shape in _THUMB.items()},
    "palm": PALM,
}  # fmt: skip
"""Name of a field to its rows and columns."""
WORDS = sum(rows * columns for rows, columns in FIELDS.values())
"""Points of all fields: 1062."""
BATCHES = tuple(range(114, 123))
"""Words of each read: nine cover all. No two are equal, so that on a wire whose answers name no
address none can be taken for another."""


def read_touch(registers: Registers) -> Mapping[str, Float[np.ndarray, "rows columns"]]:
    """Every field, each value 0 to 4095 in the sensor's own unit.

    Raises:
        DriverError: As `Registers.read` does.
    """
    blocks, address = [], START
    for count in BATCHES:
        blocks.append(registers.read(address, 2 * count, f"a read of touch from {address} on"))
        address += 2 * count
    return fields(Block(START, b"".join(block.data for block in blocks), blocks[0].order))


def fields(block: Block) -> Mapping[str, Float[np.ndarray, "rows columns"]]:
    """The fields in what was read from START on.

    The points of a finger's field are taken row by row, which the manual does not say. The palm's
    come column by column, each from its last row up.
    """
    words, found, at = block.words(START, WORDS).astype(float), {}, 0
    for name, (rows, columns) in FIELDS.items():
        points = words[at : at + rows * columns]
        at += rows * columns
        upward = points.reshape(columns, rows)[:, ::-1].T
        found[name] = upward if name == "palm" else points.reshape(rows, columns)
    return found
