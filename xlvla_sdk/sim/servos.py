"""Position servos of a simulated robot, tuned from what each of them has to move."""

from __future__ import annotations

from typing import Any

import numpy as np

from xlvla_sdk.sim.parts import Part
from xlvla_sdk.specs import ArmSpec, HandSpec

BANDWIDTH = 45.0
"""Natural frequency of a servo [rad/s]: a step has settled to 1 % after 0.15 s."""
DAMPING_RATIO = 1.0
GRIP = 1.0
"""Most that a finger's motor gives [N m, N]: some 12 N at the tip of a finger of 80 mm, which is
what XHand's sheet rates and between Inspire's 10 and 30 N."""
EFFORT = 3.0
"""An arm's servo gives this many times the effort its URDF states, the arm's weight not counted:
that number is what a gear bears for long. A choice."""


def add_servos(mujoco: Any, draft: Any, spec: ArmSpec | HandSpec, prefix: str) -> None:
    """One position servo for each actuated joint, in the order of qpos; gains come later."""
    for name, lower, upper in zip(spec.joints, *spec.limits, strict=True):
        force = _strongest(spec, name)
        draft.add_actuator(
            name=prefix + name,
            target=prefix + name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            gaintype=mujoco.mjtGain.mjGAIN_FIXED,
            biastype=mujoco.mjtBias.mjBIAS_AFFINE,
            ctrllimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            ctrlrange=(lower, upper),
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            forcerange=(-force, force),
        )


def tune_servos(mujoco: Any, model: Any, parts: tuple[Part, ...]) -> None:
    """Sets gains from the inertia each servo moves: the larger of that at zero and at the start.

    The followers of a joint count with the square of their multiplier, as energy has it.
    """
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    largest = [_moved_inertias(mujoco, model, data, part) for part in parts]
    for part in parts:
        part.place(data, part.start)
    mujoco.mj_forward(model, data)
    for part, at_zero in zip(parts, largest, strict=True):
        inertia = np.maximum(at_zero, _moved_inertias(mujoco, model, data, part))
        stiffness = inertia * BANDWIDTH**2
        model.actuator_gainprm[part.servos, 0] = stiffness
        model.actuator_biasprm[part.servos, 1] = -stiffness
        model.actuator_biasprm[part.servos, 2] = -2.0 * DAMPING_RATIO * inertia * BANDWIDTH


def _strongest(spec: ArmSpec | HandSpec, joint: str) -> float:
    """The limit of a servo's force [N m, N]; an arm whose URDF states none is not limited."""
    if isinstance(spec, HandSpec):
        return GRIP
    effort = spec.model.joints[joint].effort
    return EFFORT * effort if effort else 1e6


def _moved_inertias(mujoco: Any, model: Any, data: Any, part: Part) -> np.ndarray:
    motions = np.zeros((len(part.spec.joints), model.nv))
    for dof, (column, multiplier, _) in zip(part.all_dofs, part.drives, strict=True):
        motions[column, dof] = multiplier
    inertias = np.empty(len(motions))
    for column, motion in enumerate(motions):
        moved = np.empty(model.nv)
        mujoco.mj_mulM(model, data, moved, motion)
        inertias[column] = motion @ moved
    return inertias
