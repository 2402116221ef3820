"""Retargets posture by posture, by optimisation alone: no latent, no training; numpy.

What a codec does in one pass through two small networks, this does in hundreds of steps a row: the
baseline that needs nothing but two hands' geometry. It needs the source's, so it serves recordings,
not policies.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.refining import refine, refine_each
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.screws import HandKinematics

STARTS = 8
"""Postures that every row is begun from: the middle of the joints' ranges and seven at random."""
FIRST_STEPS = 20
"""Steps from each start; only the best goes on."""


def optimise(
    source: HandKinematics,
    source_qpos: Float[np.ndarray, "rows D"],
    target: HandKinematics,
) -> Float[np.ndarray, "rows E"]:
    """Target postures nearest to the source's in thumb-to-finger vectors, for a recording.

    Args:
        source: The recorded hand, as the shared space sees it.
        source_qpos: Its postures, in the order they were recorded [rad, m].
        target: The hand that shall move, as the shared space sees it.

    Returns:
        Postures within the target's limits [rad, m]; no joint steps more than 0.3 rad a row.

    Raises:
        SpecError: When the hands share no finger beside the thumb.
    """
    return refine(source, source_qpos, target, best_start(source, source_qpos, target))


def optimise_each(
    source: HandKinematics,
    source_qpos: Float[np.ndarray, "rows D"],
    target: HandKinematics,
    steps: int = 100,
) -> Float[np.ndarray, "rows E"]:
    """As `optimise`, but every row by itself: rows in no order, whatever stands beside them."""
    start = best_start(source, source_qpos, target)
    return refine_each(source, source_qpos, target, start, steps)[0]


def best_start(
    source: HandKinematics,
    source_qpos: Float[np.ndarray, "rows D"],
    target: HandKinematics,
) -> Float[np.ndarray, "rows E"]:
    """Of a few starts the one that is best after a few steps, row by row."""
    if len(set(source.finger_names) & set(target.finger_names)) < 2:
        raise SpecError(
            f"a hand with {' and '.join(source.finger_names)} and one with "
            f"{' and '.join(target.finger_names)} share no finger beside the thumb, so no posture of "
            "one can be found on the other. Name their fingers alike in tip_links."
        )
    rows = len(source_qpos)
    part = np.random.default_rng(0).random((STARTS, len(target.joints)))
    part[0] = 0.5
    best, least = np.zeros((rows, len(target.joints))), np.full(rows, np.inf)
    for start in target.lower + (target.upper - target.lower) * part:
        begin = np.tile(start, (rows, 1))
        qpos, loss = refine_each(source, source_qpos, target, begin, FIRST_STEPS)
        better = loss < least
        best, least = np.where(better[:, None], qpos, best), np.where(better, loss, least)
    return best
