"""Simulated hands are stable, reach what they are told, and keep their couplings."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from tests.registered import right_hands
from tests.small_hand import small_hand, small_urdf
from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.sim import MujocoDriver, build_world, starting_posture
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.specs import HandSpec, Side, hand_from_urdf

TICK = 0.02  # [s]


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_a_registered_hand_settles_at_its_target_within_a_third_of_a_second(spec: HandSpec):
    start = starting_posture(spec)
    target = start + 0.25 * (spec.limits.upper - start)
    with MujocoDriver(spec) as driver:
        driver.command(target)
        driver.advance(0.3)
        assert np.abs(driver.read().qpos - target).max() < 0.02


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_wild_commands_leave_a_hand_finite_within_its_limits_and_coupled(spec: HandSpec):
    rng = np.random.default_rng(7)
    lower, upper = spec.limits
    mujoco, world = load_mujoco(), build_world(spec)
    data, (part,) = mujoco.MjData(world.model), world.parts
    world.place(data, starting_posture(spec))
    for _ in range(40):
        data.ctrl[:] = rng.uniform(lower, upper)
        mujoco.mj_step(world.model, data, nstep=25)
        qpos = data.qpos[part.positions]
        assert np.isfinite(data.qpos).all()
        assert (qpos > lower - 0.02).all()
        assert (qpos < upper + 0.02).all()
        assert np.abs(data.qpos[part.all_positions] - part.spread(qpos)).max() < 0.005


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_commands_a_safe_driver_lets_pass_never_read_as_a_limit_violation(spec: HandSpec):
    rng, time_s = np.random.default_rng(7), 0.0
    with SafeDriver(MujocoDriver(spec, now=lambda: time_s), lambda: time_s) as driver:
        for _ in range(20):
            target = np.where(rng.random(len(spec.joints)) < 0.5, *spec.limits)
            for _ in range(15):
                driver.approach(target)
                time_s += TICK
                spec.check_limits(driver.read().qpos)


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_nothing_of_an_open_hand_touches(spec: HandSpec):
    mujoco, world = load_mujoco(), build_world(spec)
    data = mujoco.MjData(world.model)
    world.place(data, starting_posture(spec))
    mujoco.mj_forward(world.model, data)
    assert data.ncon == 0


def test_the_same_commands_give_the_same_bits(tmp_path: Path):
    spec = (right_hands() or [small_hand(tmp_path)])[0]

    def end() -> bytes:
        rng = np.random.default_rng(1)
        with MujocoDriver(spec) as driver:
            for _ in range(30):
                driver.command(rng.uniform(*spec.limits))
                driver.advance(TICK)
            return driver.read().qpos.tobytes()

    assert end() == end()


def test_the_hand_stands_where_its_kinematics_say(tmp_path: Path):
    spec = small_hand(tmp_path)
    mujoco, world = load_mujoco(), build_world(spec)
    data = mujoco.MjData(world.model)
    qpos = np.array([0.4, 0.9])
    world.place(data, qpos)
    mujoco.mj_kinematics(world.model, data)
    tips = hand_kinematics(spec).tips(qpos)
    placed = np.array(
        [data.body("right_hand/" + spec.tip_links[finger]).xpos for finger in spec.fingers]
    )
    np.testing.assert_allclose(placed, tips, atol=1e-9)


def test_meshes_are_skipped_and_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    mesh = '<visual><geometry><mesh filename="meshes/palm.stl"/></geometry></visual>'
    urdf = tmp_path / "meshed.urdf"
    urdf.write_text(small_urdf().replace('<link name="palm"/>', f'<link name="palm">{mesh}</link>'))
    spec = hand_from_urdf(urdf, Side.RIGHT, {"thumb": "thumb_tip", "index": "index_tip"}, "meshed")
    with caplog.at_level(logging.WARNING):
        world = build_world(spec)
    assert "meshes/palm.stl" in caplog.text
    assert world.model.ngeom > 0, "bones stand for what only has meshes"


def test_links_without_an_inertia_get_a_stand_in_and_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        build_world(small_hand(tmp_path))
    assert "without a physical inertia: thumb, index_proximal, index_distal" in caplog.text
