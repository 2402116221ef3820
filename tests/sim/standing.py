"""Scenes without a robot: things put somewhere by hand, then left to physics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene import Scene, add_scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState, place_things, scene_state
from xlvla_sdk.sim.task import Poses

TIMESTEP = 0.002


def model_of(scene: Scene, sleeping: bool = False) -> Any:
    """A model of the scene alone."""
    mujoco = load_mujoco()
    draft = mujoco.MjSpec()
    draft.option.timestep = TIMESTEP
    draft.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    if sleeping:
        draft.option.enableflags |= int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    add_scene(mujoco, draft, scene)
    return draft.compile()


def settled(scene: Scene, poses: Poses, seconds: float = 0.5, sleeping: bool = False) -> SceneState:
    """The scene, its things placed and left alone for a while."""
    model = model_of(scene, sleeping)
    data = load_mujoco().MjData(model)
    place_things(data, scene, poses)
    load_mujoco().mj_step(model, data, nstep=max(1, round(seconds / TIMESTEP)))
    return scene_state(model, data, scene)


def at(x: float, y: float, z: float = 0.0, lying: bool = False) -> np.ndarray:
    """A pose; lying: turned about y, so that its height points along x."""
    T = np.eye(4)
    if lying:
        T[:3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    T[:3, 3] = x, y, z
    return T


def held(state: SceneState, name: str) -> SceneState:
    """The same, but the robot touches the thing."""
    touched = replace(state[name], touches=state[name].touches | {ROBOT})
    return replace(state, things={**state.things, name: touched})


def moving(state: SceneState, name: str) -> SceneState:
    """The same, but the thing slides."""
    slid = replace(state[name], velocity=np.array([0.05, 0.0, 0.0]))
    return replace(state, things={**state.things, name: slid})
