"""Couplings: joints that follow others, as equality constraints."""

from __future__ import annotations

from typing import Any

from xlvla_sdk.sim.trees import Tree

TIMESTEPS = 2.5
"""Time constant of a coupling; below 2 timesteps MuJoCo is not stable."""
SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
"""How hard a coupling is, as MuJoCo counts it; its own default gives way visibly."""


def add_couplings(mujoco: Any, draft: Any, tree: Tree, timestep: float) -> None:
    """One constraint for every joint of a tree that follows an actuated one.

    A mimic of a mimic follows the actuated joint at its end.
    """
    for name, (number, column, multiplier, offset) in tree.drives.items():
        leaders = tree.specs[number].joints
        follower, leader = tree.prefix + name, tree.prefix + leaders[column]
        if name in leaders or draft.joint(follower) is None:
            continue
        coupling = draft.add_equality(
            name=f"{follower} follows {leader}",
            type=mujoco.mjtEq.mjEQ_JOINT,
            objtype=mujoco.mjtObj.mjOBJ_JOINT,
            name1=follower,
            name2=leader,
            solref=(TIMESTEPS * timestep, 1.0),
            solimp=SOLIMP,
        )
        coupling.data[:5] = (offset, multiplier, 0.0, 0.0, 0.0)  # a polynomial of degree four
