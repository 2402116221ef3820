"""Bodies of a simulated hand: its links as MuJoCo has them, with joints, inertias and shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.servos import ARMATURE
from xlvla_sdk.sim.shapes import Primitive, collided, drawn
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.specs.urdf import UrdfJoint, UrdfLink

STAND_IN_MASS, STAND_IN_RADIUS = 0.01, 0.01
"""A solid sphere [kg, m], for links whose URDF gives no inertia that a body can have."""
CONTACT_SOLREF = (0.01, 1.0)
"""Time constant [s] and damping ratio of a contact: fingertips are soft."""
STOP_SOLREF, STOP_SOLIMP = (0.002, 1.0), (0.999, 0.9999, 0.0001, 0.5, 2.0)
"""How a joint meets its end stop: as hard as the timestep lets it, so that none is read outside
its limits by more than a command may be."""
PAD = 0.0025
"""How far the soft pad of a fingertip gives way before the bone behind it is met [m]; a choice."""
DRAWN, COLLIDING = 1, 3
"""Geom groups; a renderer shows those up to 2."""
KINDS = {"box": "BOX", "sphere": "SPHERE", "cylinder": "CYLINDER", "capsule": "CAPSULE"}


def add_bodies(mujoco: Any, draft: Any, spec: HandSpec) -> tuple[str, ...]:
    """Adds the hand to an MjSpec, wrist fixed, palm frame at the world's origin.

    Returns:
        Moving links whose URDF has no inertia a body can have; they got a stand-in.
    """
    wrist = draft.worldbody.add_body(name=spec.wrist_link)
    place(mujoco, wrist, np.linalg.inv(spec.T_wrist_palm))
    stand_ins: list[str] = []
    _fill(mujoco, spec, drawn(spec.model), wrist, spec.wrist_link, stand_ins)
    return tuple(stand_ins)


def place(mujoco: Any, element: Any, T: Float[np.ndarray, "4 4"]) -> None:
    """Sets the pose of a body or geom in its parent."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(T[:3, :3]).reshape(-1))
    element.pos = T[:3, 3]
    element.quat = quaternion


def _fill(
    mujoco: Any,
    spec: HandSpec,
    looks: dict[str, tuple[Primitive, ...]],
    body: Any,
    link: str,
    stand_ins: list[str],
) -> None:
    """Shapes and inertia of a link, then the links that hang on it."""
    for primitive in looks[link]:
        _add_geom(mujoco, body, primitive, DRAWN)
    for primitive in collided(spec.model, link):
        firm = _without_pad(primitive) if _carries_tip(spec, link) else primitive
        _add_geom(mujoco, body, firm, COLLIDING)
    for joint in spec.model.joints.values():
        if joint.parent != link:
            continue
        child = body.add_body(name=joint.child, gravcomp=1.0)  # gear trains carry the fingers
        place(mujoco, child, joint.T_parent_joint)
        if joint.moves:
            _add_joint(mujoco, child, joint)
        if not _add_inertia(child, spec.model.links[joint.child], joint.moves):
            stand_ins.append(joint.child)
        _fill(mujoco, spec, looks, child, joint.child, stand_ins)


def _add_joint(mujoco: Any, body: Any, joint: UrdfJoint) -> None:
    slides = joint.kind == "prismatic"
    # A follower has no limits of its own: its coupling may carry it beyond what its URDF says.
    limited = joint.mimic is None
    body.add_joint(
        name=joint.name,
        type=mujoco.mjtJoint.mjJNT_SLIDE if slides else mujoco.mjtJoint.mjJNT_HINGE,
        axis=joint.axis,
        limited=mujoco.mjtLimited.mjLIMITED_TRUE if limited else mujoco.mjtLimited.mjLIMITED_FALSE,
        range=(joint.lower, joint.upper) if limited else (0.0, 0.0),
        armature=ARMATURE,
        solref_limit=STOP_SOLREF,
        solimp_limit=STOP_SOLIMP,
    )


def _add_inertia(body: Any, link: UrdfLink, moves: bool) -> bool:
    """Gives the body its link's inertia; False when it had to be a stand-in."""
    body.explicitinertial = True
    if link.inertial is not None:
        R = link.inertial.T_link_com[:3, :3]
        inertia = R @ link.inertial.inertia @ R.T
        moments = np.linalg.eigvalsh(inertia)
        if link.inertial.mass > 0 and moments[0] > 0 and moments[0] + moments[1] >= moments[2]:
            body.mass = link.inertial.mass
            body.ipos = link.inertial.T_link_com[:3, 3]
            body.fullinertia = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
            return True
    if not moves:
        return True  # a frame on a moving link needs no mass
    body.mass = STAND_IN_MASS
    body.inertia = np.full(3, 0.4 * STAND_IN_MASS * STAND_IN_RADIUS**2)
    return False


def _add_geom(mujoco: Any, body: Any, primitive: Primitive, group: int) -> None:
    kind = getattr(mujoco.mjtGeom, f"mjGEOM_{KINDS[primitive.kind]}")
    geom = body.add_geom(type=kind, size=_half_sizes(primitive), group=group)
    place(mujoco, geom, primitive.T_link_shape)
    geom.rgba = primitive.rgba
    geom.material = "skin"
    geom.contype = geom.conaffinity = int(group == COLLIDING)
    geom.condim = 3
    geom.solref = CONTACT_SOLREF


def _carries_tip(spec: HandSpec, link: str) -> bool:
    """Whether no joint moves between a link and a fingertip."""
    for tip in spec.tip_links.values():
        while tip != link and (joint := spec.model.parent_joint.get(tip)) and not joint.moves:
            tip = joint.parent
        if tip == link:
            return True
    return False


def _without_pad(primitive: Primitive) -> Primitive:
    """The primitive, its radius or its sides drawn in by the pad, by half at the most."""
    if primitive.kind == "box":
        return replace(primitive, size=tuple(max(s - 2 * PAD, s / 2) for s in primitive.size))
    radius, *length = primitive.size
    return replace(primitive, size=(max(radius - PAD, radius / 2), *length))


def _half_sizes(primitive: Primitive) -> tuple[float, float, float]:
    """MuJoCo counts half extents and half lengths."""
    match primitive.kind:
        case "box":
            x, y, z = primitive.size
            return x / 2, y / 2, z / 2
        case "sphere":
            return primitive.size[0], 0.0, 0.0
        case _:
            return primitive.size[0], primitive.size[1] / 2, 0.0
