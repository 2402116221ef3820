"""Builds a MuJoCo world around one hand: its wrist fixed, its fingers free, nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.sim.bodies import add_bodies
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.servos import add_servos, tune_servos
from xlvla_sdk.sim.shapes import log_skipped_meshes
from xlvla_sdk.sim.stage import set_stage
from xlvla_sdk.specs import HandSpec

log = logging.getLogger(__name__)

TIMESTEP = 0.001
"""Of the simulation [s]."""
MIMIC_SOLREF = (2.5 * TIMESTEP, 1.0)
"""Time constant [s] and damping ratio of a coupling; below 2 timesteps MuJoCo is not stable."""
MIMIC_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
"""How hard a coupling is, as MuJoCo counts it; its own default gives way visibly."""


@dataclass(frozen=True)
class World:
    """A compiled world and where the hand stands in it.

    Attributes:
        spec: The hand; it stands upright, fingers up, palm towards +x.
        model: MuJoCo's MjModel.
        positions: Columns of `data.qpos` of the hand's actuated joints, in the order of its qpos.
        all_positions: Columns of `data.qpos` of every moving joint, mimics too.
        drives: For each of `all_positions`: (column in the hand's qpos, multiplier, offset).
    """

    spec: HandSpec
    model: Any
    positions: np.ndarray
    all_positions: np.ndarray
    drives: tuple[tuple[int, float, float], ...]

    def spread(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, " N"]:
        """Positions of every moving joint for a posture, mimics filled in [rad, m]."""
        columns, multipliers, offsets = (np.array(part) for part in zip(*self.drives, strict=True))
        return multipliers * qpos[columns.astype(int)] + offsets

    def place(self, data: Any, qpos: Float[np.ndarray, " D"]) -> None:
        """Puts the hand of `data` into a posture, at once and at rest."""
        data.qpos[self.all_positions] = self.spread(np.asarray(qpos, dtype=float))
        data.qvel[:] = 0.0
        data.ctrl[:] = qpos


def build_world(spec: HandSpec) -> World:
    """The world of one hand.

    Neighbouring links, and those whose shapes overlap in the hand's open posture, never collide.
    Couplings are equality constraints, every actuated joint has a position servo.

    Args:
        spec: The hand. Meshes are skipped, with a log line that names them.

    Raises:
        SpecError: When MuJoCo cannot compile the hand.
        XlvlaError: When MuJoCo is not installed.
    """
    mujoco = load_mujoco()
    log_skipped_meshes(spec.model)
    drawing = _draft(mujoco, spec)
    world = _compiled(spec, drawing)
    for first, second in _overlapping(mujoco, world):
        drawing.add_exclude(name=f"{first} {second}", bodyname1=first, bodyname2=second)
    world = _compiled(spec, drawing)
    tune_servos(mujoco, world.model, spec)
    return world


def starting_posture(spec: HandSpec) -> Float[np.ndarray, " D"]:
    """The posture `open` where the hand has one, else its rest [rad, m]."""
    return spec.posture("open") if "open" in spec.postures else spec.rest.copy()


def _draft(mujoco: Any, spec: HandSpec) -> Any:
    draft = mujoco.MjSpec()
    draft.modelname = spec.id
    draft.compiler.degree = False
    draft.option.timestep = TIMESTEP
    draft.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    set_stage(mujoco, draft)
    if stand_ins := add_bodies(mujoco, draft, spec):
        log.warning("%s: links without a physical inertia: %s", spec.id, ", ".join(stand_ins))
    drives = joint_drives(spec.model, spec.joints)
    for name, (column, multiplier, offset) in drives.items():
        if name not in spec.joints and draft.joint(name) is not None:
            _couple(mujoco, draft, name, spec.joints[column], multiplier, offset)
    add_servos(mujoco, draft, spec)
    return draft


def _couple(
    mujoco: Any, draft: Any, follower: str, leader: str, multiplier: float, offset: float
) -> None:
    coupling = draft.add_equality(
        name=f"{follower} follows {leader}",
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=follower,
        name2=leader,
        solref=MIMIC_SOLREF,
        solimp=MIMIC_SOLIMP,
    )
    coupling.data[:5] = (offset, multiplier, 0.0, 0.0, 0.0)  # a polynomial of degree four


def _compiled(spec: HandSpec, draft: Any) -> World:
    try:
        model = draft.compile()
    except ValueError as error:
        raise SpecError(f"{spec.id}: MuJoCo cannot build it: {error}") from error

    def column(joint: str) -> int:
        return int(model.joint(joint).qposadr[0])

    drives = joint_drives(spec.model, spec.joints)
    here = [name for name in drives if draft.joint(name) is not None]
    return World(
        spec,
        model,
        np.array([column(name) for name in spec.joints]),
        np.array([column(name) for name in here]),
        tuple(drives[name] for name in here),
    )


def _overlapping(mujoco: Any, world: World) -> list[tuple[str, str]]:
    """Pairs of bodies that are neighbours, or touch where the hand is open or at rest."""
    data = mujoco.MjData(world.model)
    # MuJoCo itself leaves out neighbours, but not those of a body that is fixed to the world.
    here = {world.model.body(body).name for body in range(world.model.nbody)}
    joints = [joint for joint in world.spec.model.joints.values() if joint.parent in here]
    pairs = {(joint.parent, joint.child) for joint in joints if joint.moves}
    for posture in (world.spec.rest, starting_posture(world.spec)):
        world.place(data, posture)
        mujoco.mj_forward(world.model, data)
        for contact in data.contact[: data.ncon]:
            if contact.dist < 0:
                bodies = sorted(int(world.model.geom_bodyid[geom]) for geom in contact.geom)
                first, second = (world.model.body(body).name for body in bodies)
                pairs.add((first, second))
    return sorted(pairs)
