"""One simulation: its time, its drivers at their rates, the same bits for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.scene import TABLE, standing

BODY = "xarm7+xhand:right"


def rollout(seed: int) -> bytes:
    """Random commands to arm and hand over the table; the whole state at the end."""
    rng = np.random.default_rng(seed)
    simulation = Simulation(build_world(embodiment(BODY), scene=TABLE))
    simulation.reset({"can": standing(*rng.uniform(-0.1, 0.2, 2))})
    for driver in simulation.drivers:
        driver.open()
    for _ in range(25):
        for driver in simulation.drivers:
            part = simulation.world.parts[simulation.drivers.index(driver)]
            reach = 0.2 * (driver.spec.limits.upper - driver.spec.limits.lower)
            target = part.start + rng.uniform(-reach, reach)
            driver.command(np.clip(target, *driver.spec.limits))
        simulation.advance(0.02)
    return simulation.data.qpos.tobytes() + simulation.data.qvel.tobytes()


def test_the_same_seed_gives_the_same_rollout_bit_for_bit():
    assert rollout(3) == rollout(3)
    assert rollout(3) != rollout(4)


def test_how_time_is_cut_and_who_watches_do_not_change_the_bits():
    world = build_world(embodiment("xarm7:right"))
    ends = []
    for pieces in ([0.5], [0.0013] * 384 + [0.0008]):
        simulation = Simulation(world)
        if len(pieces) > 1:
            simulation.watch(30.0, lambda: None)
        (driver,) = simulation.drivers
        with driver:
            driver.command(world.start + 0.1)
            for piece in pieces:
                simulation.advance(piece)
            ends.append(driver.read().qpos.tobytes())
    assert ends[0] == ends[1]


@pytest.mark.parametrize("rate_hz", [20, 500])
def test_every_part_follows_its_own_commands_at_any_rate(rate_hz: int):
    """Each through a SafeDriver: what the simulation measures never trips it."""
    time_s = 0.0
    world = build_world(embodiment(BODY))
    simulation = Simulation(world, now=lambda: time_s)
    safe = [SafeDriver(driver, lambda: time_s) for driver in simulation.drivers]
    wanted = [part.start + 0.1 for part in world.parts]
    for driver in safe:
        driver.open()
    for _ in range(rate_hz // 2):
        for driver, target in zip(safe, wanted, strict=True):
            driver.approach(target)
        time_s += 1.0 / rate_hz
    for driver, target in zip(safe, wanted, strict=True):
        assert np.abs(driver.read().qpos - target).max() < 0.01
        driver.close()


def test_time_passes_a_simulation_by_while_nobody_has_it_open():
    time_s = 100.0
    simulation = Simulation(build_world(embodiment("xhand:right")), now=lambda: time_s)
    time_s = 200.0
    with simulation.drivers[0] as driver:
        assert driver.read().time_s == 200.0
        assert simulation.data.time == 0.0
        time_s = 200.1
        assert driver.read().time_s == pytest.approx(200.1)
        assert simulation.data.time == pytest.approx(0.1)


def test_whoever_watches_is_called_at_its_rate():
    simulation = Simulation(build_world(embodiment("xhand:right")))
    seen: list[float] = []
    simulation.watch(25.0, lambda: seen.append(float(simulation.data.time)))
    for _ in range(7):
        simulation.advance(0.03)
    np.testing.assert_allclose(seen, np.arange(6) * 0.04, atol=1e-9)


def test_reset_puts_body_and_things_back():
    simulation = Simulation(build_world(embodiment("xhand:right"), scene=TABLE))
    begin = simulation.data.qpos.copy()
    with simulation.drivers[0] as driver:
        driver.command(driver.spec.posture("fist"))
        simulation.advance(0.2)
    assert np.abs(simulation.data.qpos - begin).max() > 0.1
    simulation.reset({"can": standing(0.2, 0.1)})
    np.testing.assert_allclose(simulation.state["can"].position[:2], [0.2, 0.1])
    simulation.reset()
    np.testing.assert_array_equal(simulation.data.qpos, begin)
    with pytest.raises(SpecError, match="table"):
        simulation.reset({"table": standing(0.0, 0.0)})
