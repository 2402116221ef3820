"""Poses of links from qpos, in numpy: for arms, palms, and whatever draws a robot."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs.urdf import UrdfJoint, UrdfModel


def link_pose(
    model: UrdfModel,
    joints: tuple[str, ...],
    qpos: Float[np.ndarray, "*batch D"],
    base: str,
    link: str,
) -> Float[np.ndarray, "*batch 4 4"]:
    """The pose of `link` in `base`.

    Args:
        model: The URDF.
        joints: Names of the columns of qpos; joints on the way that none of them drives stand at 0.
        qpos: Joint positions [rad, m].
        base: The link to express the pose in; `link` hangs below it.
        link: The link.

    Raises:
        SpecError: When a link is unknown or not below `base`.
    """
    qpos = np.asarray(qpos, dtype=float)
    drives = joint_drives(model, joints)
    T = np.broadcast_to(np.eye(4), (*qpos.shape[:-1], 4, 4))
    for joint in model.path(base, link):
        T = T @ joint.T_parent_joint
        if joint.moves:
            T = T @ joint_motion(joint, _position(joint, drives, qpos))
    return T


def link_poses(
    model: UrdfModel, joints: tuple[str, ...], qpos: Float[np.ndarray, " D"]
) -> dict[str, Float[np.ndarray, "4 4"]]:
    """Every link's pose in the root link, for one posture: what a renderer needs."""
    qpos = np.asarray(qpos, dtype=float)
    drives = joint_drives(model, joints)
    poses = {model.root: np.eye(4)}
    waiting = list(model.joints.values())
    while waiting:
        ready = [joint for joint in waiting if joint.parent in poses]
        for joint in ready:
            T = poses[joint.parent] @ joint.T_parent_joint
            if joint.moves:
                T = T @ joint_motion(joint, _position(joint, drives, qpos))
            poses[joint.child] = T
        waiting = [joint for joint in waiting if joint.child not in poses]
    return poses


def joint_motion(
    joint: UrdfJoint, q: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch 4 4"]:
    """What a joint at position `q` [rad, m] adds to its place at zero."""
    T = np.zeros((*q.shape, 4, 4))
    T[..., 3, 3] = 1.0
    x, y, z = joint.axis
    if joint.kind == "prismatic":
        T[..., :3, :3] = np.eye(3)
        T[..., :3, 3] = q[..., None] * joint.axis
        return T
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sine, cosine = np.sin(q)[..., None, None], np.cos(q)[..., None, None]
    T[..., :3, :3] = np.eye(3) + sine * K + (1.0 - cosine) * (K @ K)
    return T


def _position(
    joint: UrdfJoint, drives: dict[str, tuple[int, float, float]], qpos: np.ndarray
) -> np.ndarray:
    if joint.name not in drives:
        return np.zeros(qpos.shape[:-1])
    column, multiplier, offset = drives[joint.name]
    return np.asarray(multiplier * qpos[..., column] + offset)
