"""A simulation's state as one row of numbers, and which world such a row is of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.engine import load_mujoco

FREE = (("x", "y", "z", "qw", "qx", "qy", "qz"), ("vx", "vy", "vz", "wx", "wy", "wz"))
"""Numbers of a thing that may lie anywhere: positions, then velocities."""
SHOWN = (
    *("body_parentid", "body_pos", "body_quat"),
    *("jnt_type", "jnt_bodyid", "jnt_pos", "jnt_axis"),
    *("geom_type", "geom_bodyid", "geom_size", "geom_pos", "geom_quat", "geom_rgba", "geom_group"),
    *("cam_bodyid", "cam_pos", "cam_quat", "cam_fovy"),
)
"""Fields of an MjModel that say what a row of positions looks like."""
GRAIN = 1e-6
"""Numbers that differ by less than this are taken to be the same [m, rad, unitless]."""


def physics_names(model: Any) -> tuple[str, ...]:
    """What each number of a row is: `qpos.JOINT`, `qvel.JOINT`, `ctrl.SERVO`.

    Positions and velocities of a loose thing have `.x`, `.qw`, `.vx`, `.wx` and so on after the
    name of its joint; velocities are MuJoCo's own, those of turning in the thing's frame.

    Args:
        model: MuJoCo's MjModel.
    """
    assert model.na == 0, "servos without a state of their own"
    joints = [model.joint(number) for number in range(model.njnt)]
    names = [
        name
        for kind, axes in zip(("qpos", "qvel"), FREE, strict=True)
        for joint in joints
        for name in _named(kind, joint, axes)
    ]
    return (*names, *(f"ctrl.{model.actuator(number).name}" for number in range(model.nu)))


def physics_row(data: Any) -> Float[np.ndarray, " P"]:
    """Positions, velocities and the servos' targets [rad, m, rad/s, m/s], as `physics_names` says.

    Args:
        data: MuJoCo's MjData.
    """
    return np.concatenate([data.qpos, data.qvel, data.ctrl])


def set_physics(data: Any, row: Float[np.ndarray, " P"]) -> None:
    """The reverse; what follows from it, links' poses for one, is not yet computed anew."""
    positions, velocities = len(data.qpos), len(data.qpos) + len(data.qvel)
    data.qpos[:], data.qvel[:] = row[:positions], row[positions:velocities]
    data.ctrl[:] = row[velocities:]


def model_hash(model: Any) -> str:
    """SHA-256 of what a world is made of: its links, joints, shapes, colours and cameras by name.

    Masses, friction and servos are not in it: a row of positions looks the same without them.

    Args:
        model: MuJoCo's MjModel.
    """
    digest = hashlib.sha256("\n".join(physics_names(model)).encode())
    digest.update(bytes(model.names))
    for name in SHOWN:
        values = np.asarray(getattr(model, name), dtype=float)
        # A third of a grain off: no number that somebody wrote down is on an edge.
        digest.update(np.floor(values / GRAIN + 0.35).astype("<i8").tobytes())
    return digest.hexdigest()


def engine_name() -> str:
    """What simulates, with its version."""
    return f"mujoco {load_mujoco().__version__}"


def _named(kind: str, joint: Any, axes: tuple[str, ...]) -> Iterator[str]:
    if len(joint.qpos0) == 1:
        yield f"{kind}.{joint.name}"
        return
    assert len(joint.qpos0) == len(FREE[0]), "a ball joint is no robot's and no thing's"
    yield from (f"{kind}.{joint.name}.{axis}" for axis in axes)
