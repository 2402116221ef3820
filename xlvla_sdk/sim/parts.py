"""Part: one device of a simulated body, and which columns of the model are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import ArmSpec, HandSpec

STARTS = ("open", "ready")
"""Postures a simulation begins in: a hand's, an arm's."""


@dataclass(frozen=True)
class Part:
    """One device of a body.

    Attributes:
        spec: The arm or hand.
        prefix: Before the names of its links and joints in the model.
        positions: Columns of `data.qpos` of its actuated joints, in the order of its qpos.
        dofs: Columns of `data.qvel` of the same joints.
        all_positions: Columns of `data.qpos` of every moving joint, mimics too.
        all_dofs: Columns of `data.qvel` of those.
        drives: For each of `all_positions`: (column in the part's qpos, multiplier, offset).
        servos: Columns of `data.ctrl`, in the order of its qpos.
    """

    spec: ArmSpec | HandSpec
    prefix: str
    positions: np.ndarray
    dofs: np.ndarray
    all_positions: np.ndarray
    all_dofs: np.ndarray
    drives: tuple[tuple[int, float, float], ...]
    servos: np.ndarray

    @property
    def start(self) -> Float[np.ndarray, " D"]:
        """Where a simulation begins [rad, m]."""
        return starting_posture(self.spec)

    def spread(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, " N"]:
        """Positions of every moving joint for a posture, mimics filled in [rad, m]."""
        columns, multipliers, offsets = (np.array(part) for part in zip(*self.drives, strict=True))
        return multipliers * qpos[columns.astype(int)] + offsets

    def place(self, data: Any, qpos: Float[np.ndarray, " D"]) -> None:
        """Puts the part into a posture, at once and at rest, and tells its servos to stay there."""
        data.qpos[self.all_positions] = self.spread(np.asarray(qpos, dtype=float))
        data.qvel[self.all_dofs] = 0.0
        data.ctrl[self.servos] = qpos


def starting_posture(spec: ArmSpec | HandSpec) -> Float[np.ndarray, " D"]:
    """The posture `open` of a hand, `ready` of an arm, where it has one; else its rest [rad, m]."""
    for name in STARTS:
        if name in spec.postures:
            return spec.posture(name)
    return spec.rest.copy()


def find_part(model: Any, spec: ArmSpec | HandSpec, prefix: str) -> Part:
    """The columns of a device in a compiled model; a joint above a hand's wrist is not in it."""
    present = {model.joint(number).name: number for number in range(model.njnt)}
    drives = joint_drives(spec.model, spec.joints)
    moving = [joint for joint in drives if prefix + joint in present]

    def columns(address: Any, joints: tuple[str, ...] | list[str]) -> np.ndarray:
        return np.array([int(address[present[prefix + joint]]) for joint in joints], dtype=int)

    return Part(
        spec,
        prefix,
        columns(model.jnt_qposadr, spec.joints),
        columns(model.jnt_dofadr, spec.joints),
        columns(model.jnt_qposadr, moving),
        columns(model.jnt_dofadr, moving),
        tuple(drives[joint] for joint in moving),
        np.array([int(model.actuator(prefix + joint).id) for joint in spec.joints]),
    )
