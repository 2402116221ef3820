"""Whole bodies stand where their specs and stations say, and do what their servos are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.fk import link_pose
from xlvla_sdk.sim import Simulation, World, build_world
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene import TABLE
from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec, Station, placed_sides
from xlvla_sdk.specs.pose import Pose

HANDS = ("ability", "inspire", "xhand", "paxini")
BODIES = [
    "xarm7:right",
    "inspire:both",
    "g1+inspire:both",
    "xarm7+xhand:right,xarm7+inspire:left",
    *(
        pytest.param(f"{arm}+{hand}:both", marks=pytest.mark.slow)
        for arm in ("xarm7", "g1")
        for hand in HANDS
    ),
]


def pose_of(data: Any, body: str) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = data.body(body).xmat.reshape(3, 3)
    T[:3, 3] = data.body(body).xpos
    return T


@pytest.mark.parametrize("name", BODIES)
def test_links_are_where_placement_and_kinematics_have_them(name: str):
    body = embodiment(name)
    world = build_world(body)
    data = load_mujoco().MjData(world.model)
    rng = np.random.default_rng(0)
    world.place(data, rng.uniform(*body.limits))
    load_mujoco().mj_kinematics(world.model, data)
    for placed in placed_sides(body):
        parts = {type(p.spec): p for p in world.parts if _side(world, p) == placed.body.side}
        if (arm := placed.body.arm) is None:
            continue
        part = parts[ArmSpec]
        qpos = data.qpos[part.positions]
        T = placed.T_task_base @ link_pose(
            arm.model, arm.joints, qpos, arm.base_link, arm.flange_link
        )
        np.testing.assert_allclose(pose_of(data, part.prefix + arm.flange_link), T, atol=1e-6)
        if (hand := placed.body.hand) is not None:
            part = parts[HandSpec]
            T_task_palm = T @ placed.T_flange_wrist @ hand.T_wrist_palm
            tips = hand_kinematics(hand).tips(data.qpos[part.positions])
            found = [data.body(part.prefix + hand.tip_links[f]).xpos for f in hand.fingers]
            expected = tips @ T_task_palm[:3, :3].T + T_task_palm[:3, 3]
            np.testing.assert_allclose(found, expected, atol=1e-6)


def _side(world: World, part: object) -> object:
    sides = [side.side for side in world.embodiment.sides for _ in side.parts]
    return sides[next(n for n, one in enumerate(world.parts) if one is part)]


@pytest.mark.parametrize("name", BODIES)
def test_nothing_of_a_body_touches_itself_or_the_table_when_it_begins(name: str):
    simulation = Simulation(build_world(embodiment(name), scene=TABLE))
    data, model = simulation.data, simulation.world.model
    names = [
        {model.body(int(model.geom_bodyid[geom])).name for geom in contact.geom}
        for contact in data.contact[: data.ncon]
    ]
    assert [pair for pair in names if not all(one.startswith("scene/") for one in pair)] == []


@pytest.mark.parametrize("name", ["xarm7+paxini:right", "g1+inspire:right"])
def test_an_arm_holds_its_posture_within_a_degree_with_a_load_in_its_hand(name: str):
    simulation = Simulation(build_world(embodiment(name)))
    arm = simulation.drivers[0]
    start = simulation.world.parts[0].start
    palm = simulation.world.model.body(simulation.world.parts[1].prefix + "palm").id
    simulation.data.xfrc_applied[palm, 2] = -0.5 * 9.81  # half a kilogram
    with arm:
        simulation.advance(1.0)
        first = arm.read().qpos
        simulation.advance(0.5)
        assert np.degrees(np.abs(first - start)).max() < 1.0
        np.testing.assert_allclose(arm.read().qpos, first, atol=1e-3)


@pytest.mark.parametrize("name", ["xarm7+inspire:right", "g1+inspire:right"])
def test_an_arm_that_stops_from_speed_does_not_swing(name: str):
    """A ramp at 1 rad/s of every joint that ends at once: overshoot below a degree, soon at rest."""
    simulation = Simulation(build_world(embodiment(name)))
    arm, start = simulation.drivers[0], simulation.world.parts[0].start
    lower, upper = arm.spec.limits
    sign = np.where(upper - start > start - lower, 1.0, -1.0)  # g1: away from the torso
    with arm:
        for step in range(1, 26):
            arm.command(start + sign * 0.02 * step)
            simulation.advance(0.02)
        end, over = start + sign * 0.5, []
        for _ in range(40):
            simulation.advance(0.01)
            over.append(sign * (arm.read().qpos - end))
        assert np.degrees(np.max(over)) < 1.0
        assert np.abs(over[-1]).max() < 0.002
        velocity = arm.read().velocity
        assert velocity is not None
        assert np.abs(velocity).max() < 0.02


def test_two_arms_of_one_trunk_share_it_and_two_of_one_kind_do_not():
    def roots(name: str) -> list[str]:
        model = build_world(embodiment(name)).model
        return [model.body(n).name for n in range(1, model.nbody) if model.body_parentid[n] == 0]

    assert roots("g1+inspire:both") == ["right_arm/torso_link"]
    assert roots("xarm7+inspire:both") == ["right_arm/link_base", "left_arm/link_base"]


def test_a_station_places_base_and_mount():
    station = Station(
        task_base={"xarm7:right": Pose(xyz=(-0.6, 0.1, 0.0))},
        mounts={"xarm7+inspire:right": Pose(xyz=(0.0, 0.0, 0.05))},
    )
    world = build_world(embodiment("xarm7+inspire:right"), station)
    data = load_mujoco().MjData(world.model)
    load_mujoco().mj_kinematics(world.model, data)
    np.testing.assert_allclose(pose_of(data, "right_arm/link_base")[:3, 3], [-0.6, 0.1, 0.0])
    apart = np.linalg.inv(pose_of(data, "right_arm/link7")) @ pose_of(data, "right_hand/palm")
    np.testing.assert_allclose(apart[:3, 3], [0.0, 0.0, 0.05], atol=1e-9)


def test_a_hand_stays_the_same_hand_on_an_arm():
    """Its servos and couplings do not change with what carries it."""
    alone = build_world(embodiment("inspire:right"))
    carried = build_world(embodiment("xarm7+inspire:right"))
    at_hand = carried.parts[1].servos
    np.testing.assert_allclose(
        carried.model.actuator_gainprm[at_hand, 0],
        alone.model.actuator_gainprm[alone.parts[0].servos, 0],
        rtol=0.05,
    )
    assert isinstance(carried.embodiment, Embodiment)
    assert carried.model.neq == alone.model.neq
