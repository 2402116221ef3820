"""Moving about: the same demonstrations as they would have been elsewhere on the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32

from xlvla_sdk.learning.batch import Batch
from xlvla_sdk.learning.shape import ARM_WIDTH


def moved_about(
    batch: Batch,
    arms: Sequence[int],
    middle: Float[np.ndarray, "3"],
    random: np.random.Generator,
    turn: float,
    shift: float,
) -> Batch:
    """Each sample turned about the vertical and moved along the table, body and things alike.

    Args:
        batch: What was demonstrated.
        arms: Where in a row each arm's nine columns begin.
        middle: Around where everything is turned, in the task frame [m].
        random: Draws how far, evenly between the furthest either way.
        turn: Furthest [rad].
        shift: Furthest along each of the table's sides [m].
    """
    size = len(batch.state)
    angle = random.uniform(-turn, turn, size)
    cos, sin = np.cos(angle), np.sin(angle)
    R = np.zeros((size, 3, 3))
    R[:, 0, 0], R[:, 0, 1], R[:, 1, 0], R[:, 1, 1], R[:, 2, 2] = cos, -sin, sin, cos, 1.0
    flat = np.array([middle[0], middle[1], 0.0])
    by = flat - R @ flat
    by[:, :2] += random.uniform(-shift, shift, (size, 2))
    state, chunks = batch.state.copy(), batch.chunks.copy()
    for arm in arms:
        columns = slice(arm, arm + ARM_WIDTH)
        state[:, columns] = _moved(batch.state[:, None, columns], R, by)[:, 0]
        chunks[..., columns] = _moved(batch.chunks[..., columns], R, by)
    frame = _moved(batch.frame[:, None], R, by)[:, 0]
    return replace(
        batch, state=state, chunks=chunks, things=_moved(batch.things, R, by), frame=frame
    )


def _moved(
    poses: Float32[np.ndarray, "B N 9"], R: Float[np.ndarray, "B 3 3"], by: Float[np.ndarray, "B 3"]
) -> Float32[np.ndarray, "B N 9"]:
    """Origins and two columns of rotations, turned and moved."""
    vectors = poses.reshape(*poses.shape[:2], 3, 3)
    turned = np.einsum("bij,bnkj->bnki", R, vectors)
    turned[:, :, 0] += by[:, None]
    return turned.reshape(poses.shape).astype(np.float32)
