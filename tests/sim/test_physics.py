"""A simulation's state as a row of numbers, and the world that it is of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.registered import embodiment
from tests.sim.standing import at, model_of
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.physics import model_hash, physics_names, physics_row, set_physics
from xlvla_sdk.sim.scene import FURNITURE, Scene, Viewpoint
from xlvla_sdk.sim.things import can

SCENE = Scene("cans", (*FURNITURE, can("can")))
BODY = "xarm7+inspire:right"


def test_a_simulation_goes_on_from_a_row_as_it_would_have():
    world = build_world(embodiment(BODY), scene=SCENE)
    whole, later = Simulation(world), Simulation(world)
    for simulation in (whole, later):
        simulation.reset({"can": at(0.2, 0.3, 0.4)})  # it falls
    whole.data.ctrl[0] += 0.05
    whole.advance(0.1)
    set_physics(later.data, physics_row(whole.data))
    for simulation in (whole, later):
        simulation.advance(0.05)
    assert physics_row(later.data) == pytest.approx(physics_row(whole.data), abs=1e-6)


def test_every_number_has_a_name():
    world = build_world(embodiment(BODY), scene=SCENE)
    simulation, names = Simulation(world), physics_names(world.model)
    simulation.reset({"can": at(0.2, 0.3)})
    row = dict(zip(names, physics_row(simulation.data), strict=True))
    assert [row[f"qpos.scene/can.{axis}"] for axis in "xyz"] == pytest.approx([0.2, 0.3, 0.0])
    assert row["qpos.scene/can.qw"] == 1.0
    arm = world.start[: len(world.parts[0].spec.joints)]
    assert [value for name, value in row.items() if name.startswith("ctrl.")][: len(arm)] == list(
        arm
    )
    assert len(set(names)) == len(names)


def test_the_hash_is_of_what_one_sees():
    def hashed(scene: Scene) -> str:
        return model_hash(model_of(scene))

    furniture = SCENE.things[:-1]
    moved = (Viewpoint("front", at=(1.0, 0.0, 0.5), lookat=(0.0, 0.0, 0.0)), SCENE.cameras[1])
    others = [
        replace(SCENE, things=(*furniture, can("tin"))),
        replace(SCENE, things=(*furniture, can("can", colour=(0.0, 0.0, 1.0, 1.0)))),
        replace(SCENE, cameras=moved),
        replace(SCENE, things=furniture),
    ]
    assert hashed(SCENE) == hashed(replace(SCENE, name="other"))
    assert len({hashed(SCENE), *map(hashed, others)}) == 1 + len(others)


def test_the_hash_does_not_hang_on_rounding():
    model = model_of(SCENE)
    before = model_hash(model)
    model.geom_pos += 1e-12 * np.random.default_rng(0).normal(size=model.geom_pos.shape)
    assert model_hash(model) == before
    model.geom_size[-1, 0] += 1e-4
    assert model_hash(model) != before
