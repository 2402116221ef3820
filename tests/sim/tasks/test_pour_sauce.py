from __future__ import annotations

import numpy as np

from tests.sim.standing import at, model_of, settled
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene_state import SceneState, place_things, scene_state
from xlvla_sdk.sim.tasks import POUR_SAUCE
from xlvla_sdk.sim.tasks.pour_sauce import DROPS
from xlvla_sdk.sim.vessels import SAUCE_HEIGHT, SAUCE_MOUTH, WALL

STAND = {"sauce_bottle": at(0.1, -0.15), "bowl": at(0.05, 0.1)}
GRAINS = POUR_SAUCE.scene.grains[0]


def spilled(in_bowl: int) -> SceneState:
    """So many drops in the bowl, the rest in the bottle; settled."""
    model = model_of(POUR_SAUCE.scene)
    data = load_mujoco().MjData(model)
    place_things(data, POUR_SAUCE.scene, STAND)
    for number in range(in_bowl):
        p = np.array([0.05, 0.1, 0.0]) + GRAINS.places[number]
        for joint, q in zip(GRAINS.joints(number), p, strict=True):
            data.joint(joint).qpos[0] = q
    load_mujoco().mj_step(model, data, nstep=500)
    return scene_state(model, data, POUR_SAUCE.scene)


def test_most_of_it_in_the_bowl():
    assert POUR_SAUCE.success(spilled(DROPS))
    assert not POUR_SAUCE.success(spilled(DROPS // 2))


def test_a_bottle_that_lies_over_the_bowl_has_poured_nothing():
    lying = at(-0.06, 0.1, 0.1, lying=True)
    assert not POUR_SAUCE.success(settled(POUR_SAUCE.scene, STAND | {"sauce_bottle": lying}, 1.0))


def test_drops_pass_the_neck_of_a_bottle_upside_down():
    """None jams: the mouth is three drops wide and more."""
    assert 3.0 * GRAINS.radius < SAUCE_MOUTH - WALL
    over = np.diag([1.0, -1.0, -1.0, 1.0])
    over[:3, 3] = 0.05, 0.1, SAUCE_HEIGHT + 0.25
    model = model_of(POUR_SAUCE.scene)
    data = load_mujoco().MjData(model)
    place_things(data, POUR_SAUCE.scene, STAND | {"sauce_bottle": over})
    held = data.joint("scene/sauce_bottle")
    for _ in range(100):
        held.qpos[:3], held.qvel[:] = over[:3, 3], 0.0
        load_mujoco().mj_step(model, data, nstep=5)
    heights = scene_state(model, data, POUR_SAUCE.scene).grains["sauce"].positions[:, 2]
    assert (heights < 0.25).all()
