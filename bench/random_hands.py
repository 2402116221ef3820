"""Hands that nobody built: seeded anatomies, and the truth about each, to be found again.

An anatomy is made in its own palm frame (z along the fingers, x where the palm faces, y the index
side of a right hand), mirrored for a left one, and then written as a URDF that hides it: see
`bench.random_urdf`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xlvla_sdk.specs import FINGERS, Side

X, Y, Z = np.eye(3)
MIRROR = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True)
class RandomJoint:
    """A joint at zero, in the palm frame.

    Attributes:
        place: A point on its axis, where its link begins [m].
        axis: Positive about it closes, or spreads.
        lower, upper: Limits [rad].
        follows: How much it turns for the joint before it; 0 for one with a motor.
    """

    place: np.ndarray
    axis: np.ndarray
    lower: float
    upper: float
    follows: float = 0.0


@dataclass(frozen=True)
class RandomFinger:
    """A finger: its joints, base first, and its tip at zero in the palm frame [m]."""

    joints: tuple[RandomJoint, ...]
    tip: np.ndarray


@dataclass(frozen=True)
class RandomHand:
    """An anatomy: its side, and its fingers by name, thumb first."""

    side: Side
    fingers: Mapping[str, RandomFinger]
    palm_length: float


def random_hand(rng: np.random.Generator, side: Side, fingers: Sequence[str]) -> RandomHand:
    """An anatomy.

    Args:
        rng: What decides.
        side: Of the hand.
        fingers: Which it has, thumb first.
    """
    scale = rng.uniform(0.8, 1.4)
    palm = scale * rng.uniform(0.075, 0.11)
    knuckles = _knuckles(rng, fingers[1:], palm, scale)
    make = _make(rng)
    found = {
        name: _finger(rng, make, place, scale * rng.uniform(0.9, 1.1), float(fan))
        for name, (place, fan) in knuckles.items()
    }
    width = max(abs(place[1]) for place, _ in knuckles.values()) + 0.012 * scale
    thumb = _thumb(rng, make, palm, width, scale)
    if rng.random() < 0.35:  # zero is where it stands before the palm, more or less
        swing = len(thumb.joints) - 1 - int(rng.integers(1, len(thumb.joints)))
        zero = np.zeros(len(thumb.joints))
        zero[swing] = thumb.joints[swing].upper * rng.uniform(0.0, 0.8)
        thumb = at_zero(thumb, zero)
    if rng.random() < 0.2:  # zero is a hand that is bent a little
        bent = float(rng.uniform(0.05, 0.2))
        found = {name: at_zero(each, _bends(each, bent)) for name, each in found.items()}
    hand = RandomHand(side, {"thumb": thumb, **found}, palm)
    return hand if side is Side.RIGHT else _mirrored(hand)


def at_zero(finger: RandomFinger, qpos: np.ndarray) -> RandomFinger:
    """The same finger, with the zero of its joints where they stand at `qpos` [rad]."""
    joints, R, p = [], np.eye(3), np.zeros(3)  # what the joints so far do to a point: R point + p
    for joint, q in zip(finger.joints, qpos, strict=True):
        place, axis = R @ joint.place + p, R @ joint.axis
        lower, upper = joint.lower - q, joint.upper - q
        joints.append(replace(joint, place=place, axis=axis, lower=lower, upper=upper))
        turn = _rotation(axis, q)
        R, p = turn @ R, turn @ (p - place) + place
    return RandomFinger(tuple(joints), R @ finger.tip + p)


def _bends(finger: RandomFinger, q: float) -> np.ndarray:
    """Every joint but those that spread or follow at `q`."""
    return np.array([0.0 if j.follows or j.lower == -j.upper else q for j in finger.joints])


@dataclass(frozen=True)
class _Make:
    """What the fingers of one maker share."""

    phalanges: int
    spreads: bool
    coupled: bool
    back: float
    lengths: tuple[float, ...]


def _make(rng: np.random.Generator) -> _Make:
    count = int(rng.integers(2, 4))
    lengths = (0.048, 0.032, 0.026)[:count]
    return _Make(
        phalanges=count,
        spreads=bool(rng.random() < 0.5),
        coupled=bool(rng.random() < 0.5),
        back=float(rng.choice([0.0, 0.1, 0.35])),
        lengths=tuple(length * rng.uniform(0.8, 1.3) for length in lengths),
    )


def _knuckles(
    rng: np.random.Generator, fingers: Sequence[str], palm: float, scale: float
) -> dict[str, tuple[np.ndarray, float]]:
    """Each finger's knuckle and how far it fans out [rad]; an arc, as anatomy has it."""
    step = scale * rng.uniform(0.018, 0.03)
    arc, fanned = rng.uniform(0.0, 0.06), rng.uniform(0.0, 0.08)
    ranks = np.array([FINGERS.index(name) - 1 for name in fingers], dtype=float)
    middle = (ranks.max() + ranks.min()) / 2
    found = {}
    for name, rank in zip(fingers, ranks, strict=True):
        off = rank - middle
        jitter = rng.uniform(-0.08, 0.08) * step
        place = np.array(
            [rng.uniform(-0.002, 0.002), -off * step + jitter, palm - arc * step * off**2]
        )
        found[name] = (place, off * fanned)
    return found


def _finger(
    rng: np.random.Generator, make: _Make, knuckle: np.ndarray, scale: float, fan: float
) -> RandomFinger:
    along = np.cos(fan) * Z - np.sin(fan) * Y
    bend = np.cross(along, X)
    joints = []
    at = knuckle
    if make.spreads:
        reach = rng.uniform(0.15, 0.4)
        joints.append(RandomJoint(at, X * rng.choice([-1.0, 1.0]), -reach, reach))
        at = at + along * rng.choice([0.0, 0.008, 0.015])
    last = make.phalanges - 1
    for number, length in enumerate(make.lengths):
        follows = rng.uniform(0.7, 1.2) if make.coupled and number == last else 0.0
        back = 0.0 if follows else make.back
        joints.append(RandomJoint(at, bend, -back, rng.uniform(1.2, 1.9), follows))
        at = at + along * length * scale
    return RandomFinger(tuple(joints), at)


def _thumb(
    rng: np.random.Generator, make: _Make, palm: float, width: float, scale: float
) -> RandomFinger:
    """A thumb at the index side, nearer to the wrist, that swings before the palm and closes on it."""
    at = np.array(
        [rng.uniform(0.0, 0.02), width * rng.uniform(0.35, 1.1), palm * rng.uniform(0.12, 0.5)]
    )
    outward = np.radians(rng.uniform(30.0, 75.0))
    raised = np.radians(rng.uniform(0.0, 35.0))
    along = np.cos(outward) * Z + np.sin(outward) * (np.cos(raised) * Y + np.sin(raised) * X)
    joints = []
    if rng.random() < 0.3:
        reach = rng.uniform(0.15, 0.4)
        joints.append(RandomJoint(at, X, -reach, reach))
    swing = _unit(-Z + rng.normal(0.0, 0.15, 3))
    joints.append(RandomJoint(at, swing, -rng.choice([0.0, 0.2]), rng.uniform(1.2, 2.2)))
    at = at + along * rng.choice([0.0, 0.01, 0.02]) * scale
    closing = rng.uniform(0.5, 1.0) * X - rng.uniform(0.0, 1.0) * Y + 0.2 * Z
    bend = _unit(np.cross(along, closing))
    count = int(rng.integers(2, 4))
    lengths = np.array([0.045, 0.036, 0.028])[-count:] * rng.uniform(0.85, 1.25, count)
    for number, length in enumerate(lengths):
        follows = rng.uniform(0.7, 1.2) if make.coupled and number == count - 1 else 0.0
        joints.append(RandomJoint(at, bend, 0.0, rng.uniform(0.7, 1.6), follows))
        at = at + along * length * scale
    return RandomFinger(tuple(joints), at)


def _mirrored(hand: RandomHand) -> RandomHand:
    """Seen in a mirror through y; a direction of turning flips once more than a point."""
    fingers = {
        name: RandomFinger(
            tuple(
                replace(joint, place=joint.place * MIRROR, axis=-joint.axis * MIRROR)
                for joint in finger.joints
            ),
            finger.tip * MIRROR,
        )
        for name, finger in hand.fingers.items()
    }
    return replace(hand, fingers=fingers)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * K + (1.0 - np.cos(angle)) * (K @ K)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
