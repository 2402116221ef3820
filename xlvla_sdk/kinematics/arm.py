"""ArmKinematics: where an arm's flange is and how it moves, many postures at once; numpy, no torch.

Every joint has a frame whose z is its axis. A turning joint's step to the next one's frame is
`A + B cos q + C sin q`, a sliding one's `A + B q`, with constant matrices: all steps of all postures are
one product, and the chain is a product of as many poses as it has joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import ArmSpec, Limits
from xlvla_sdk.specs.urdf import UrdfJoint


@dataclass(frozen=True)
class ArmKinematics:
    """How an arm's flange moves in its base.

    Attributes:
        name: What messages call the arm.
        joints: Actuated joints, in the order of qpos.
        lower, upper: Limits [rad, m].
        velocity: Velocity limits [rad/s, m/s]; None where the maker gives none.
        drive, offset: From qpos to the positions of all S joints of the chain, followers among them.
        slides: Which joints of the chain slide.
        T_base_first: The first joint's frame in the base.
        motions: The matrices A, B, C of every joint's step, each in a row.
    """

    name: str
    joints: tuple[str, ...]
    lower: Float[np.ndarray, " D"]
    upper: Float[np.ndarray, " D"]
    velocity: Float[np.ndarray, " D"] | None
    drive: Float[np.ndarray, "S D"]
    offset: Float[np.ndarray, " S"]
    slides: Bool[np.ndarray, " S"]
    T_base_first: Float[np.ndarray, "4 4"]
    motions: Float[np.ndarray, "S 3 16"]

    @property
    def limits(self) -> Limits:
        return Limits(self.lower, self.upper)

    def fk(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch 4 4"]:
        """The flange's pose in the base.

        Args:
            qpos: Actuated joints [rad, m].
        """
        qpos = np.asarray(qpos, dtype=float)
        flange = self.walk(qpos.reshape(-1, len(self.joints)))[-1]
        return flange.reshape(*qpos.shape[:-1], 4, 4)

    def jacobian(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch 6 D"]:
        """How the flange moves with each joint, in the base frame.

        Three rows of its origin's velocity [m/rad, m/m], then three of its angular velocity.

        Args:
            qpos: Actuated joints [rad, m].
        """
        qpos = np.asarray(qpos, dtype=float)
        frames = self.walk(qpos.reshape(-1, len(self.joints)))
        return self.twists(frames).reshape(*qpos.shape[:-1], 6, len(self.joints))

    def walk(self, qpos: Float[np.ndarray, "rows D"]) -> Float[np.ndarray, "frames rows 4 4"]:
        """Every joint's frame in the base before the joint moves, and last the flange's."""
        q = (qpos @ self.drive.T + self.offset).T
        weights = np.ones((*q.shape, 3))
        weights[..., 1] = np.where(self.slides[:, None], q, np.cos(q))
        np.sin(q, out=weights[..., 2])
        steps = (weights @ self.motions).reshape(*q.shape, 4, 4)
        frames = np.empty((len(q) + 1, len(qpos), 4, 4))
        frames[0] = self.T_base_first
        for k, step in enumerate(steps):
            np.matmul(frames[k], step, out=frames[k + 1])
        return frames

    def twists(self, frames: Float[np.ndarray, "frames rows 4 4"]) -> Float[np.ndarray, "rows 6 D"]:
        """The Jacobian (see `jacobian`) from what `walk` gives."""
        axis, origin = np.ascontiguousarray(frames[:, :, :3, 2:].transpose(3, 2, 1, 0))
        axis, lever = axis[..., :-1], origin[..., -1:] - origin[..., :-1]
        twist = np.empty((6, *axis.shape[1:]))  # (6, rows, S)
        np.multiply(axis[_NEXT], lever[_LAST], out=twist[:3])
        twist[:3] -= axis[_LAST] * lever[_NEXT]
        twist[3:] = axis
        if self.slides.any():
            twist[:3, :, self.slides] = axis[..., self.slides]
            twist[3:, :, self.slides] = 0.0
        return twist.transpose(1, 0, 2) @ self.drive


_NEXT, _LAST = [1, 2, 0], [2, 0, 1]


def arm_kinematics(spec: ArmSpec) -> ArmKinematics:
    """The kinematics of an arm, read from its URDF.

    Raises:
        SpecError: When a joint on the way to the flange follows one that is not the arm's.
    """
    path = spec.model.path(spec.base_link, spec.flange_link)
    moving = [joint for joint in path if joint.moves]
    drive, offset = _drive(spec, moving)
    first, *steps = _steps(path)
    return ArmKinematics(
        name=spec.id,
        joints=spec.joints,
        lower=spec.limits.lower,
        upper=spec.limits.upper,
        velocity=None if spec.velocity is None else spec.velocity_limits,
        drive=drive,
        offset=offset,
        slides=np.array([joint.kind == "prismatic" for joint in moving], dtype=bool),
        T_base_first=first,
        motions=np.array(
            [_motion(joint) @ step for joint, step in zip(moving, steps, strict=True)]
        ).reshape(-1, 3, 16),
    )


def _steps(path: Sequence[UrdfJoint]) -> list[np.ndarray]:
    """From the base to the first joint's frame, from each to the next's, from the last to the flange."""
    steps, T = [], np.eye(4)
    for joint in path:
        T = T @ joint.T_parent_joint
        if joint.moves:
            turn = _along_z(joint.axis)
            steps.append(T @ turn)
            T = turn.T
    return [*steps, T]


def _motion(joint: UrdfJoint) -> Float[np.ndarray, "3 4 4"]:
    """A, B, C of a motion along or about z."""
    motion = np.zeros((3, 4, 4))
    if joint.kind == "prismatic":
        motion[0] = np.eye(4)
        motion[1, 2, 3] = 1.0
        return motion
    motion[0] = np.diag([0.0, 0.0, 1.0, 1.0])
    motion[1] = np.diag([1.0, 1.0, 0.0, 0.0])
    motion[2, 1, 0], motion[2, 0, 1] = 1.0, -1.0
    return motion


def _drive(spec: ArmSpec, moving: Sequence[UrdfJoint]) -> tuple[np.ndarray, np.ndarray]:
    drives = joint_drives(spec.model, spec.joints)
    drive, offset = np.zeros((len(moving), len(spec.joints))), np.zeros(len(moving))
    for row, joint in enumerate(moving):
        if joint.name not in drives:
            raise SpecError(
                f"{spec.id}: joint '{joint.name}' on the way to '{spec.flange_link}' follows a joint "
                f"that is not on it. Mend its <mimic> in {spec.model.source}."
            )
        column, multiplier, offset[row] = drives[joint.name]
        drive[row, column] = multiplier
    return drive, offset


def _along_z(axis: np.ndarray) -> np.ndarray:
    """A rotation, as a pose, whose z is `axis`."""
    T = np.eye(4)
    x = np.cross(np.eye(3)[np.abs(axis).argmin()], axis)
    x /= np.linalg.norm(x)
    T[:3, :3] = np.stack([x, np.cross(axis, x), axis], axis=1)
    return T
