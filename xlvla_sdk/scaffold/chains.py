"""A finger as geometry: where it begins, points and ends, and which way it closes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from xlvla_sdk.kinematics.finger import Finger, Screw, tip_jacobian, tip_position
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.scaffold.bodies import Body, BodyTree
from xlvla_sdk.scaffold.ends import End, find_end
from xlvla_sdk.scaffold.hands import FoundHand
from xlvla_sdk.specs.urdf import UrdfModel

WORTH = 1.003
"""A joint leaves its rest only where that makes the finger longer by this factor."""
STRAIGHT = 1.03
"""A joint leaves a finger straight that makes it nowhere shorter than by this factor."""
GRID = 17
SAMPLES = 256


@dataclass(frozen=True)
class Joints:
    """The actuated joints that move a hand, in the URDF's order, with their limits [rad, m]."""

    names: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray

    @property
    def rest(self) -> np.ndarray:
        return np.clip(0.0, self.lower, self.upper)


@dataclass(frozen=True)
class Chain:
    """One finger, not yet named, in the frame of the palm's body.

    Attributes:
        screws: Its joints and its tip, as kinematics has them.
        joints: Names of the joints, base first, followers among them.
        names: Names of all its links and joints, for what they say.
        end: Its tip.
        knuckle: Where its first joint is [m], (3,).
        along: From there to the tip when the finger is straight, a unit vector.
        reach: How far that is [m].
        curl: The axis that it closes about, signed; zero where it only slides.
        closing: Where its tip goes when it closes from straight, a unit vector.
        one_way: How much more room the joints have that way than back, 0 to 1.
        places: Where the tip can be [m], (N, 3).
        outstretched: Where it can be with the finger straight, turned at its base alone [m], (N, 3).
        pulps: Where the tip goes from there when the finger bends, unit vectors, (N, 3).
        sideways: How much of its turning is about other axes than `curl`, 0 to 1.
    """

    screws: Finger
    joints: tuple[str, ...]
    names: tuple[str, ...]
    end: End
    knuckle: np.ndarray
    along: np.ndarray
    reach: float
    curl: np.ndarray
    closing: np.ndarray
    one_way: float
    places: np.ndarray = field(repr=False)
    outstretched: np.ndarray = field(repr=False)
    pulps: np.ndarray = field(repr=False)
    sideways: float

    @property
    def slides(self) -> bool:
        """Whether no joint of it turns."""
        return all(screw.prismatic for screw in self.screws.screws)


def hand_joints(tree: BodyTree, hand: FoundHand) -> Joints:
    """The joints below a palm that follow no other; one without limits turns all the way."""
    below = {body.link for body in tree.below(hand.palm)} - {hand.palm.link}
    moving = [
        joint
        for joint in tree.model.joints.values()
        if joint.child in below and joint.moves and joint.mimic is None
    ]
    ends = [
        (-np.pi if j.lower is None else j.lower, np.pi if j.upper is None else j.upper)
        for j in moving
    ]
    lower, upper = np.array(ends, dtype=float).reshape(-1, 2).T
    return Joints(tuple(joint.name for joint in moving), lower, upper)


def find_chains(tree: BodyTree, hand: FoundHand, joints: Joints) -> tuple[Chain, ...]:
    """Every chain of a hand."""
    return tuple(_chain(tree, hand.palm, end, joints) for end in hand.ends)


def _chain(tree: BodyTree, palm: Body, last: Body, joints: Joints) -> Chain:
    bodies = tree.chain(palm, last)
    screws, before = _screws(tree, palm, bodies, joints)
    end = find_end(tree.model, last, before)
    T_palm_last, knuckle = _at_zero(palm, bodies)
    place = T_palm_last @ np.append(end.place, 1.0)
    finger = Finger(last.link, screws, place[:3])
    straight = _straightened(finger, joints, knuckle)
    stretched = tip_position(finger, straight) - knuckle
    reach = float(np.linalg.norm(stretched))
    turning, sideways, one_way = _turning(finger, joints, straight)
    closing = _closing(finger, joints, straight)
    outstretched, pulps = _outstretched(finger, joints, straight, knuckle)
    moving = [body.joint for body in bodies if body.joint is not None]
    return Chain(
        screws=finger,
        joints=tuple(joint.name for joint in moving),
        names=_names(tree.model, bodies),
        end=end,
        knuckle=knuckle,
        along=stretched / max(reach, 1e-9),
        reach=reach,
        curl=turning,
        closing=closing,
        one_way=one_way,
        places=tip_position(finger, _postures(joints)),
        outstretched=outstretched,
        pulps=pulps,
        sideways=sideways,
    )


def _names(model: UrdfModel, bodies: tuple[Body, ...]) -> tuple[str, ...]:
    links = {link for body in bodies for link in body.frames}
    joints = [joint.name for joint in model.joints.values() if joint.child in links]
    return (*joints, *(link for link in model.links if link in links))


def _screws(
    tree: BodyTree, palm: Body, bodies: tuple[Body, ...], joints: Joints
) -> tuple[tuple[Screw, ...], float]:
    """The chain's joints in the palm's body at zero, and the length of its last phalanx but one."""
    drives = joint_drives(tree.model, joints.names)
    T, upper, screws, before = np.eye(4), palm, [], 0.0
    for body in bodies:
        assert body.joint is not None
        step = upper.frames[body.joint.parent] @ body.joint.T_parent_joint
        T, before = T @ step, float(np.linalg.norm(step[:3, 3])) if upper is not palm else 0.0
        upper = body
        if body.joint.name not in drives:  # follows a joint of the arm: HandSpec refuses it
            continue
        axis, at = T[:3, :3] @ body.joint.axis, T[:3, 3]
        slides = body.joint.kind == "prismatic"
        point = np.zeros(3) if slides else at - axis * (axis @ at)
        screws.append(Screw(*drives[body.joint.name], slides, axis, point))
    return tuple(screws), before


def _at_zero(palm: Body, bodies: tuple[Body, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The last body's pose in the palm's, and the first joint's place, all joints at zero."""
    T, upper, first = np.eye(4), palm, np.zeros(3)
    for body in bodies:
        assert body.joint is not None
        T = T @ upper.frames[body.joint.parent] @ body.joint.T_parent_joint
        first = T[:3, 3] if upper is palm else first
        upper = body
    return T, first


def _straightened(finger: Finger, joints: Joints, knuckle: np.ndarray) -> np.ndarray:
    """The posture that holds the tip furthest from the knuckle; joints that do not matter at rest."""
    best = joints.rest
    columns = sorted({screw.joint for screw in finger.screws if not screw.prismatic})
    for _ in range(2 if len(columns) > 1 else 1):
        for column in columns:
            tries = np.tile(best, (GRID + 1, 1))
            tries[1:, column] = np.linspace(joints.lower[column], joints.upper[column], GRID)
            reach = np.linalg.norm(tip_position(finger, tries) - knuckle, axis=1)
            if reach.max() > WORTH * reach[0]:
                best = tries[int(reach.argmax())]
    return best


def _turning(
    finger: Finger, joints: Joints, straight: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """The axis the finger closes about, the share of turning about others, and how one-way it is."""
    axes, room, span = [], [], []
    R = np.eye(3)
    for screw in finger.screws:
        if screw.prismatic:
            continue
        axis = R @ screw.axis
        at = straight[screw.joint]
        lower, upper = joints.lower[screw.joint] - at, joints.upper[screw.joint] - at
        axes.append(axis)
        room.append(screw.multiplier * (lower + upper))
        span.append(abs(screw.multiplier) * (upper - lower))
        R = _rotation(axis, screw.multiplier * at + screw.offset) @ R
    if not axes:
        return np.zeros(3), 0.0, 1.0
    total = (np.array(axes) * np.array(room)[:, None]).sum(axis=0)
    length = float(np.linalg.norm(total))
    if length < 1e-6:
        total, length = np.array(axes[-1]), 1.0
        return total, 0.0, 0.0
    curl = total / length
    spans = np.array(span)
    about = np.abs(np.array(axes) @ curl)
    one_way = length / float((about * spans).sum())
    return curl, float(1.0 - (about * spans).sum() / spans.sum()), min(one_way, 1.0)


def _closing(finger: Finger, joints: Joints, straight: np.ndarray) -> np.ndarray:
    """Where the tip goes when every joint does a little of what it has more room for."""
    room = joints.lower + joints.upper - 2.0 * straight
    step = tip_jacobian(finger, straight) @ room
    length = float(np.linalg.norm(step))
    return step / length if length > 1e-9 else np.zeros(3)


def _outstretched(
    finger: Finger, joints: Joints, straight: np.ndarray, knuckle: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tips of the straight finger, from all postures of the joints that leave it straight; and pulps."""
    postures = _postures(joints)
    bends = np.zeros(len(straight))
    reach = np.linalg.norm(tip_position(finger, straight) - knuckle)
    for column in sorted({screw.joint for screw in finger.screws}):
        tries = np.tile(straight, (GRID, 1))
        tries[:, column] = np.linspace(joints.lower[column], joints.upper[column], GRID)
        length = np.linalg.norm(tip_position(finger, tries) - knuckle, axis=1)
        if length.min() < reach / STRAIGHT:
            postures[:, column] = straight[column]
            bends[column] = joints.lower[column] + joints.upper[column] - 2.0 * straight[column]
    pulps = tip_jacobian(finger, postures) @ bends
    length = np.linalg.norm(pulps, axis=1, keepdims=True)
    return tip_position(finger, postures), pulps / np.maximum(length, 1e-9)


def _postures(joints: Joints) -> np.ndarray:
    rng = np.random.default_rng(7)
    return rng.uniform(joints.lower, joints.upper, (SAMPLES, len(joints.names)))


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * K + (1.0 - np.cos(angle)) * (K @ K)
