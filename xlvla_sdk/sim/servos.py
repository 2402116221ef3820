"""Position servos of a simulated hand, tuned from what each of them has to move."""

from __future__ import annotations

from typing import Any

import numpy as np

from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import HandSpec

ARMATURE = 2e-4
"""Rotor inertia seen at each joint [kg m^2]: small motors behind gears outweigh the phalanx."""
BANDWIDTH = 45.0
"""Natural frequency of a servo [rad/s]: a step has settled to 1 % after 0.15 s."""
DAMPING_RATIO = 1.0
STRENGTH = 1.0
"""Limit of a servo's force, as a step [rad, m] it could answer without reaching the limit."""


def add_servos(mujoco: Any, draft: Any, spec: HandSpec) -> None:
    """One position servo for each actuated joint, in the order of qpos; gains come later."""
    for name, lower, upper in zip(spec.joints, *spec.limits, strict=True):
        draft.add_actuator(
            name=name,
            target=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            gaintype=mujoco.mjtGain.mjGAIN_FIXED,
            biastype=mujoco.mjtBias.mjBIAS_AFFINE,
            ctrllimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            ctrlrange=(lower, upper),
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            forcerange=(-1.0, 1.0),
        )


def tune_servos(mujoco: Any, model: Any, spec: HandSpec) -> None:
    """Sets gains and force limits from the inertia each servo moves at position zero.

    The followers of a joint count with the square of their multiplier, as energy has it.
    """
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    for column, inertia in enumerate(_moved_inertias(mujoco, model, data, spec)):
        stiffness = inertia * BANDWIDTH**2
        damping = 2.0 * DAMPING_RATIO * inertia * BANDWIDTH
        model.actuator_gainprm[column, 0] = stiffness
        model.actuator_biasprm[column, 1] = -stiffness
        model.actuator_biasprm[column, 2] = -damping
        model.actuator_forcerange[column] = (-stiffness * STRENGTH, stiffness * STRENGTH)


def _moved_inertias(mujoco: Any, model: Any, data: Any, spec: HandSpec) -> np.ndarray:
    motions = np.zeros((len(spec.joints), model.nv))
    for name, (column, multiplier, _) in joint_drives(spec.model, spec.joints).items():
        if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name) >= 0:
            motions[column, model.joint(name).dofadr[0]] = multiplier
    inertias = np.empty(len(motions))
    for column, motion in enumerate(motions):
        moved = np.empty(model.nv)
        mujoco.mj_mulM(model, data, moved, motion)
        inertias[column] = motion @ moved
    return inertias
