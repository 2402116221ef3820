"""Finds a hand's palm frame from its tips, for hands whose maker gives none."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.fk import link_pose
from xlvla_sdk.kinematics.jaws import jaw_frame
from xlvla_sdk.kinematics.screws import hand_kinematics
from xlvla_sdk.specs import HandSpec, Side
from xlvla_sdk.specs.urdf_file import rpy

SNAP_DEGREES = 25.0
"""Within this of an axis-aligned frame, the axis-aligned one is taken: makers align their links."""


def find_palm(spec: HandSpec) -> Float[np.ndarray, "3 3"]:
    """The palm frame's rotation in the wrist link, found at the open pose.

    Fingers point along +z: from each finger's first joint to its tip. The index side is +y on a
    right hand, -y on a left: from the last finger's knuckle to the index's. With one finger
    beside the thumb, the side is the one its closing leaves. +x follows, and must be where the
    fingers close to. Of two tips that move in one plane, a gripper's, the frame is that of
    `jaws.jaw_frame`.

    Args:
        spec: The hand; its own palm frame is not looked at.

    Raises:
        SpecError: When the fingers close away from the palm found: then side or tips are wrong;
            when knuckles or tips coincide.
    """
    plain = _with(spec, palm_xyz=(0.0, 0.0, 0.0), palm_rpy=(0.0, 0.0, 0.0))
    fingers = [finger for finger in plain.fingers if finger != "thumb"]
    if len(fingers) == 1 and (jaws := jaw_frame(hand_kinematics(plain), spec.id)) is not None:
        return snapped(jaws)
    knuckles = np.array([_knuckle(plain, finger) for finger in fingers])
    tips = _tips(plain, plain.rest, fingers)
    along = _unit(spec, (tips - knuckles).sum(axis=0))
    closing = _closing(plain, fingers)
    if len(fingers) > 1:
        across = (knuckles[0] - knuckles[-1]) * (-1.0 if spec.side is Side.LEFT else 1.0)
    else:
        across = np.cross(along, closing)
    y = _unit(spec, across - along * (along @ across))
    found = np.stack([np.cross(y, along), y, along], axis=1)
    if found[:, 0] @ closing < 0:
        raise SpecError(
            f"{spec.id}: the fingers close away from the palm this finds. The hand is rather a "
            f"{'right' if spec.side is Side.LEFT else 'left'} one, or tip_links names fingers in the "
            "wrong order; else give the palm frame with palm_rpy."
        )
    return snapped(found)


def with_palm_found(spec: HandSpec) -> HandSpec:
    """The same hand with the palm frame that `find_palm` finds; SpecError as there."""
    return _with(spec, palm_rpy=rpy(find_palm(spec)))


def _with(spec: HandSpec, **changed: Any) -> HandSpec:
    """The same hand with other fields, checked anew."""
    return HandSpec(**{**{name: getattr(spec, name) for name in HandSpec.model_fields}, **changed})


def _knuckle(spec: HandSpec, finger: str) -> np.ndarray:
    path = spec.model.path(spec.wrist_link, spec.tip_links[finger])
    first = next(joint for joint in path if joint.moves)
    return link_pose(spec.model, spec.joints, spec.rest, spec.wrist_link, first.child)[:3, 3]


def _tips(spec: HandSpec, qpos: np.ndarray, fingers: list[str]) -> np.ndarray:
    return np.array(
        [
            link_pose(spec.model, spec.joints, qpos, spec.wrist_link, spec.tip_links[finger])[:3, 3]
            for finger in fingers
        ]
    )


def _closing(spec: HandSpec, fingers: list[str]) -> np.ndarray:
    """Where tips go when every joint that brings them nearer to the wrist does so a little."""
    kinematics = hand_kinematics(spec)
    rows = [kinematics.finger_names.index(finger) for finger in fingers]
    span = spec.limits.upper - spec.limits.lower
    start = kinematics.tips(spec.rest)[rows]
    moved = np.zeros(3)
    for joint in range(len(span)):
        # Curling joints have far more room one way than the other from rest, abduction has not.
        room = np.array([spec.limits.upper[joint], spec.limits.lower[joint]]) - spec.rest[joint]
        reach = room[np.abs(room).argmax()]
        if np.abs(room).min() > 0.6 * np.abs(reach):
            continue
        qpos = spec.rest.copy()
        qpos[joint] += 0.3 * reach
        moved += (kinematics.tips(qpos)[rows] - start).sum(axis=0)
    return moved


def snapped(
    rotation: Float[np.ndarray, "3 3"], within_degrees: float = SNAP_DEGREES
) -> Float[np.ndarray, "3 3"]:
    """The axis-aligned rotation next to one, where that is near; else the rotation as it is."""
    nearest = max(_axis_aligned(), key=lambda aligned: float(np.trace(aligned.T @ rotation)))
    angle = np.degrees(np.arccos(np.clip((np.trace(nearest.T @ rotation) - 1) / 2, -1, 1)))
    return nearest if angle < within_degrees else rotation


def _axis_aligned() -> list[np.ndarray]:
    found = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        rotation = np.zeros((3, 3))
        rotation[list(order), range(3)] = signs
        if np.linalg.det(rotation) > 0:
            found.append(rotation)
    return found


def _unit(spec: HandSpec, vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    if length < 1e-9:
        raise SpecError(
            f"{spec.id}: the palm frame cannot be found: knuckles or tips coincide. Give palm_rpy."
        )
    return vector / length
