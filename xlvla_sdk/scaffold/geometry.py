"""What a hand's geometry alone says: which chain is the thumb, how the others stand, which side.

Fingers stand in a row: they point one way, close about one axis and begin at one height. The thumb
is the chain that does not. The index finger is the row's end on the thumb's side; where the palm
faces, the fingers close to; these two say whether the hand is a right or a left one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.scaffold.chains import Chain
from xlvla_sdk.specs import Side

SURE = 0.7
"""Below this a geometric finding is no ground to decide on."""
CLEAR_PAIR = 1.0
"""Of two chains, one is the thumb for sure when it is this much more like one."""
CLEAR_DISORDER = 0.4
"""Chains that are nearer to a row than this, whichever is left out, have no thumb among them."""
CLEAR_SIDE = 0.8
"""The thumb is on a side for sure when it is this far from the row's middle, in half rows."""
BESIDE = 0.3
"""A thumb that begins this far, in half rows, on the side it does not reach to is on neither for sure."""
UNSURE = 0.6
OPEN = 10
"""One in this many straight postures counts as open: those that cross the palm least."""
OPPOSED = -0.85
"""Cosine of the angle between the closings of a gripper's tips, at most."""


@dataclass(frozen=True)
class Row:
    """The fingers beside the thumb.

    Attributes:
        chains: Which they are, from the index's end to the other.
        axes: The palm's axes in its body, columns: where it faces, where a right hand's index is,
            where fingers point.
        side: Right or left.
        thumb_side: How sure it is that the thumb is on the index's side, 0 to 1.
        facing: How sure it is where the palm faces, 0 to 1.
    """

    chains: tuple[int, ...]
    axes: np.ndarray
    side: Side
    thumb_side: float
    facing: float


def find_thumb(chains: Sequence[Chain]) -> tuple[int, float]:
    """The chain that is most likely the thumb, and how sure that is, 0 to 1."""
    if len(chains) == 2:
        likeness = _like_a_thumb(chains[1], chains[0])
        return int(likeness > 0), 0.5 + 0.5 * min(1.0, abs(likeness) / CLEAR_PAIR)
    disorder = [
        _disorder([c for at, c in enumerate(chains) if at != out]) for out in range(len(chains))
    ]
    best, second = np.sort(disorder)[:2]
    clear = (1.0 - best / max(second, 1e-9)) * min(1.0, second / CLEAR_DISORDER)
    return int(np.argmin(disorder)), 0.5 + 0.5 * float(clear)


def find_row(chains: Sequence[Chain], thumb: int) -> Row:
    """How the other chains stand, seen from a thumb.

    Args:
        chains: All of the hand's.
        thumb: Which of them is the thumb.
    """
    others = [at for at in range(len(chains)) if at != thumb]
    fingers = [chains[at] for at in others]
    knuckles = np.array([finger.knuckle for finger in fingers])
    x, along, facing = _facing(fingers, chains[thumb])
    y = _across(knuckles, x, along)
    z = np.cross(x, y)
    places = knuckles @ y
    lateral, thumb_side = _lateral(fingers, chains[thumb], places, x, y)
    order = np.argsort(places * (-1.0 if lateral >= 0 else 1.0), kind="stable")
    return Row(
        tuple(others[at] for at in order),
        np.stack([x, y, z], axis=1),
        Side.RIGHT if lateral >= 0 else Side.LEFT,
        thumb_side,
        facing,
    )


def is_gripper(chains: Sequence[Chain]) -> bool:
    """Whether two chains are jaws: of one make, pointing one way, and closing on each other."""
    if len(chains) != 2:
        return False
    a, b = chains
    alike = len(a.joints) == len(b.joints) and abs(a.reach - b.reach) < 0.1 * max(a.reach, b.reach)
    return bool(alike and a.closing @ b.closing < OPPOSED and a.along @ b.along > 0.5)


def gripper_axes(chains: Sequence[Chain]) -> np.ndarray:
    """A gripper's palm axes: from the second jaw to the first, across, and where jaws point."""
    z = _unit(chains[0].along + chains[1].along)
    between = chains[0].places.mean(axis=0) - chains[1].places.mean(axis=0)
    x = _unit(between - z * (z @ between))
    return np.stack([x, np.cross(z, x), z], axis=1)


def gaps(chains: Sequence[Chain], row: Row) -> np.ndarray:
    """Distances of neighbours in a row, over the least of them."""
    places = np.array([chains[at].knuckle @ row.axes[:, 1] for at in row.chains])
    steps = np.abs(np.diff(places))
    return steps / max(float(steps.min()), 1e-4) if len(steps) else steps


def _disorder(fingers: Sequence[Chain]) -> float:
    """How far chains are from a row of fingers, 0 to some 3."""
    pairs = [(a, b) for at, a in enumerate(fingers) for b in fingers[at + 1 :]]
    return float(np.mean([_unlike(a, b) for a, b in pairs]))


def _unlike(a: Chain, b: Chain) -> float:
    """Of two chains: other directions, other axes, and knuckles at other heights."""
    along = _unit(a.along + b.along)
    height = abs((a.knuckle - b.knuckle) @ along) / (0.5 * (a.reach + b.reach) + 1e-9)
    return float((1 - a.curl @ b.curl) / 2 + (1 - a.along @ b.along) / 2 + height)


def _like_a_thumb(a: Chain, b: Chain) -> float:
    """How much more like a thumb `a` is than `b`: it begins further back, and turns sideways."""
    back = (b.knuckle - a.knuckle) @ b.along / max(b.reach, 1e-9)
    back -= (a.knuckle - b.knuckle) @ a.along / max(a.reach, 1e-9)
    return float(back + 2.0 * (a.sideways - b.sideways))


def _facing(fingers: Sequence[Chain], thumb: Chain) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the palm faces and where fingers point, unit vectors, and how sure the former is."""
    along = _unit(np.sum([finger.along for finger in fingers], axis=0))
    closing = np.sum([finger.closing * finger.one_way for finger in fingers], axis=0)
    closing = closing - along * (along @ closing)
    one_way = float(np.linalg.norm(closing)) / len(fingers)
    x = _unit(closing)
    knuckles = np.mean([finger.knuckle for finger in fingers], axis=0)
    before = float((thumb.places - knuckles).mean(axis=0) @ x) / max(thumb.reach, 1e-9)
    # The thumb stands before the palm: what closing leaves open, it decides.
    sure = 0.5 + 0.5 * min(1.0, one_way / 0.5) + min(0.0, 2.0 * (before + 0.1))
    return x, along, float(np.clip(sure, 0.0, 1.0))


def _lateral(
    fingers: Sequence[Chain],
    thumb: Chain,
    places: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> tuple[float, float]:
    """How far towards +y a thumb is, and how sure it is on that side, 0 to 1.

    What counts is where it begins and reaches, in half rows, and where it points, at rest and open.

    It is open where, straight, it stands least before the palm and would bend out of its plane: a
    thumb that lies across the palm bends into it.
    """
    middle = (places.max() + places.min()) / 2
    half = max(float(np.ptp(places)) / 2, 0.5 * float(np.mean([each.reach for each in fingers])))
    reached = thumb.places @ y
    place = 0.5 * (float(thumb.knuckle @ y) + float(reached.max() + reached.min()) / 2)
    arms = thumb.outstretched - thumb.knuckle
    crossed = (arms / max(thumb.reach, 1e-9) - thumb.pulps) @ x
    opened = arms[np.argsort(crossed)[: len(arms) // OPEN]].mean(axis=0)
    points = 0.5 * (opened / max(thumb.reach, 1e-9) + thumb.along)
    lateral = (place - middle) / half + float(points @ y)
    begins = (float(thumb.knuckle @ y) - middle) / max(float(np.ptp(places)) / 2, 0.4 * half)
    if begins * lateral < 0 and abs(begins) > BESIDE:
        return lateral, UNSURE
    return lateral, 0.5 + 0.5 * min(1.0, abs(lateral) / CLEAR_SIDE)


def _across(knuckles: np.ndarray, x: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The row's direction, on the side where a right hand's index is."""
    y = np.cross(along, x)
    if len(knuckles) > 1:
        spread = knuckles - knuckles.mean(axis=0)
        row = np.linalg.svd(spread)[2][0]
        row = row - x * (x @ row)
        if abs(row @ y) > 0.7 * np.linalg.norm(row) > 0.0:
            y = row * np.sign(row @ y)
    return _unit(y)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
