"""Bodies of a simulated robot: links as MuJoCo has them, with joints, inertias and shapes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.shapes import Primitive, collided, drawn
from xlvla_sdk.sim.trees import Tree
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.specs.urdf import UrdfJoint, UrdfLink

STAND_IN_MASS, STAND_IN_RADIUS = 0.01, 0.01
"""A solid sphere [kg, m], for links whose URDF gives no inertia that a body can have."""
FINGER_ARMATURE = 1e-3
"""Rotor inertia seen at a finger's joint [kg m^2]: small motors behind gears outweigh the phalanx."""
ARM_ARMATURE = 0.1
"""The same at an arm's joint: a rotor of some 1e-5 behind a gear of 100 to 1."""
CONTACT_SOLREF = (0.01, 1.0)
"""Time constant [s] and damping ratio of a contact: fingertips are soft."""
FRICTION = (1.0, 0.01, 0.0001)
"""Sliding (unitless), torsional and rolling [m] coefficients of a hand's skin: rubber on metal."""
STOP_SOLREF, STOP_SOLIMP = (0.002, 1.0), (0.999, 0.9999, 0.0001, 0.5, 2.0)
"""How a joint meets its end stop: as hard as the timestep lets it, so that none is read outside
its limits by more than a command may be."""
PAD = 0.0025
"""How far the soft pad of a fingertip gives way before the bone behind it is met [m]; a choice."""
DRAWN, COLLIDING = 1, 3
"""Geom groups; a renderer shows those up to 2."""
KINDS = {"box": "BOX", "sphere": "SPHERE", "cylinder": "CYLINDER", "capsule": "CAPSULE"}


def add_bodies(mujoco: Any, draft: Any, tree: Tree) -> tuple[str, ...]:
    """Adds a tree of links to an MjSpec, its root fixed to what carries it.

    Returns:
        Moving links whose URDF has no inertia a body can have; they got a stand-in.
    """
    carrier = draft.worldbody if tree.mount is None else draft.body(tree.mount)
    root = carrier.add_body(name=tree.prefix + tree.root, gravcomp=1.0)
    place(mujoco, root, tree.T_mount_root)
    planting = _Planting(mujoco, draft, tree)
    if tree.mount is not None:
        planting.add_inertia(root, tree.model.links[tree.root], moves=False)
    planting.fill(root, tree.root)
    return tuple(planting.stand_ins)


def place(mujoco: Any, element: Any, T: Float[np.ndarray, "4 4"]) -> None:
    """Sets the pose of a body or geom in its parent."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(T[:3, :3]).reshape(-1))
    element.pos = T[:3, 3]
    element.quat = quaternion


@dataclass
class _Planting:
    """One tree on its way into a draft."""

    mujoco: Any
    draft: Any
    tree: Tree
    stand_ins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.looks = drawn(self.tree.model)
        self.driven = self.tree.drives
        hands = [spec for spec in self.tree.specs if isinstance(spec, HandSpec)]
        self.hand = hands[0] if hands else None

    def fill(self, body: Any, link: str) -> None:
        """Shapes of a link, then the links that hang on it."""
        for number, primitive in enumerate(self.looks[link]):
            if primitive.corners is not None:
                self._add_hull(body, primitive, f"{self.tree.prefix}{link}/{number}")
            else:
                _add_geom(self.mujoco, body, primitive, DRAWN)
        for primitive in collided(self.tree.model, link):
            firm = _without_pad(primitive) if self._carries_tip(link) else primitive
            geom = _add_geom(self.mujoco, body, firm, COLLIDING)
            if self.hand is not None:
                geom.condim, geom.friction = 4, FRICTION
        for joint in self.tree.model.joints.values():
            if joint.parent == link:
                self._hang(body, joint)

    def _add_hull(self, body: Any, primitive: Primitive, name: str) -> None:
        """A hull to be seen, and not to be met."""
        assert primitive.corners is not None
        points = np.unique(primitive.corners.reshape(-1, 3), axis=0)
        self.draft.add_mesh(name=name, uservert=points.ravel().tolist())
        geom = body.add_geom(
            type=self.mujoco.mjtGeom.mjGEOM_MESH,
            meshname=name,
            group=DRAWN,
            contype=0,
            conaffinity=0,
        )
        place(self.mujoco, geom, primitive.T_link_shape)
        geom.rgba = primitive.rgba
        geom.material = "skin"

    def _hang(self, body: Any, joint: UrdfJoint) -> None:
        # Motors and gear trains carry the robot's own weight: its controllers know it.
        child = body.add_body(name=self.tree.prefix + joint.child, gravcomp=1.0)
        place(self.mujoco, child, joint.T_parent_joint)
        moves = joint.name in self.driven
        if moves:
            self._add_joint(child, joint)
        self.add_inertia(child, self.tree.model.links[joint.child], moves)
        self.fill(child, joint.child)

    def _add_joint(self, body: Any, joint: UrdfJoint) -> None:
        kinds, slides = self.mujoco.mjtJoint, joint.kind == "prismatic"
        # A follower has no limits of its own: its coupling may carry it beyond what its URDF says.
        limited = joint.mimic is None
        body.add_joint(
            name=self.tree.prefix + joint.name,
            type=kinds.mjJNT_SLIDE if slides else kinds.mjJNT_HINGE,
            axis=joint.axis,
            limited=int(limited),  # mjtLimited: false, true
            range=(joint.lower, joint.upper) if limited else (0.0, 0.0),
            armature=ARM_ARMATURE if self.hand is None else FINGER_ARMATURE,
            solref_limit=STOP_SOLREF,
            solimp_limit=STOP_SOLIMP,
        )

    def add_inertia(self, body: Any, link: UrdfLink, moves: bool) -> None:
        """Gives the body its link's inertia, or a stand-in that is noted."""
        body.explicitinertial = True
        if _give_inertia(body, link) or not moves:
            return  # a frame on a moving link needs no mass
        self.stand_ins.append(link.name)
        body.mass = STAND_IN_MASS
        body.inertia = np.full(3, 0.4 * STAND_IN_MASS * STAND_IN_RADIUS**2)

    def _carries_tip(self, link: str) -> bool:
        """Whether no joint moves between a link and a fingertip."""
        parents = self.tree.model.parent_joint
        for tip in self.hand.tip_links.values() if self.hand is not None else ():
            while tip != link and (joint := parents.get(tip)) and not joint.moves:
                tip = joint.parent
            if tip == link:
                return True
        return False


def _give_inertia(body: Any, link: UrdfLink) -> bool:
    """Whether the link's URDF has an inertia that a body can have."""
    if link.inertial is None or link.inertial.mass <= 0:
        return False
    R = link.inertial.T_link_com[:3, :3]
    inertia = R @ link.inertial.inertia @ R.T
    moments = np.linalg.eigvalsh(inertia)
    if moments[0] <= 0 or moments[0] + moments[1] < moments[2]:
        return False
    body.mass = link.inertial.mass
    body.ipos = link.inertial.T_link_com[:3, 3]
    body.fullinertia = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    return True


def _add_geom(mujoco: Any, body: Any, primitive: Primitive, group: int) -> Any:
    kind = getattr(mujoco.mjtGeom, f"mjGEOM_{KINDS[primitive.kind]}")
    geom = body.add_geom(type=kind, size=half_sizes(primitive), group=group)
    place(mujoco, geom, primitive.T_link_shape)
    geom.rgba = primitive.rgba
    geom.material = "skin"
    geom.contype = geom.conaffinity = int(group == COLLIDING)
    geom.condim = 3
    geom.solref = CONTACT_SOLREF
    return geom


def _without_pad(primitive: Primitive) -> Primitive:
    """The primitive, its radius or its sides drawn in by the pad, by half at the most."""
    if primitive.kind == "box":
        return replace(primitive, size=tuple(max(s - 2 * PAD, s / 2) for s in primitive.size))
    radius, *length = primitive.size
    return replace(primitive, size=(max(radius - PAD, radius / 2), *length))


def half_sizes(primitive: Primitive) -> tuple[float, float, float]:
    """MuJoCo counts half extents and half lengths."""
    match primitive.kind:
        case "box":
            x, y, z = primitive.size
            return x / 2, y / 2, z / 2
        case "sphere":
            return primitive.size[0], 0.0, 0.0
        case _:
            return primitive.size[0], primitive.size[1] / 2, 0.0
