"""How much faster than time a simulation runs on one core, and what a picture costs.

`python -m bench.sim` writes docs/results/sim.md.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np

from bench.results import machine, table, today, write_section
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import Simulation, build_world, gl_platform
from xlvla_sdk.sim.camera import SIZE, Eye
from xlvla_sdk.sim.scene import EMPTY, TABLE, Scene
from xlvla_sdk.sim.world import TIMESTEP

BODIES = (
    ("xhand:right", EMPTY),
    ("xhand:right", TABLE),
    ("xarm7:right", TABLE),
    ("xarm7+ability:right", TABLE),
    ("xarm7+inspire:right", TABLE),
    ("xarm7+xhand:right", TABLE),
    ("xarm7+paxini:right", TABLE),
    ("xarm7+inspire:both", TABLE),
    ("g1+inspire:right", TABLE),
    ("g1+inspire:both", TABLE),
)
SECONDS = 10.0
"""Of simulated time."""
TICK_S = 0.02
"""Between commands, one of which and one reading go to every device."""
SWING = 0.15
"""How far an arm's joints swing [rad]; hands open and close over their whole range."""
PICTURES = 20


@dataclass(frozen=True)
class Speed:
    """What one body took.

    Attributes:
        build_s: For its world [s].
        factor: Simulated seconds in a second of one core.
        wall_factor: The same by the wall's clock.
        contacts: On average.
    """

    build_s: float
    factor: float
    wall_factor: float
    contacts: float


def measure(name: str, scene: Scene) -> tuple[Simulation, Speed]:
    """Arms swing, hands open and close, everything else stands on the table."""
    body = registry().embodiment(name)
    begin = time.process_time()
    simulation = Simulation(build_world(body, scene=scene))
    build_s = time.process_time() - begin
    for driver in simulation.drivers:
        driver.open()
    simulation.advance(0.5)
    cpu, wall, contacts = time.process_time(), time.perf_counter(), []
    for tick in range(round(SECONDS / TICK_S)):
        _command(simulation, tick * TICK_S)
        simulation.advance(TICK_S)
        contacts.append(simulation.data.ncon)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return simulation, Speed(build_s, SECONDS / cpu, SECONDS / wall, float(np.mean(contacts)))


def _command(simulation: Simulation, time_s: float) -> None:
    part = 0.5 - 0.5 * np.cos(2.0 * np.pi * time_s / 2.0)
    for driver, own in zip(simulation.drivers, simulation.world.parts, strict=True):
        driver.read()
        if "fist" in own.spec.postures:
            target = own.start + part * (own.spec.posture("fist") - own.start)
        else:
            target = own.start + SWING * np.sin(
                2.0 * np.pi * time_s / 4.0 + np.arange(len(own.start))
            )
        driver.command(np.clip(target, *own.spec.limits))


def picture_s(simulation: Simulation) -> float:
    """What one picture takes of a core's time, the first left out [s]."""
    eye = Eye(simulation, SIZE)
    try:
        eye.picture("front")
        begin = time.process_time()
        for _ in range(PICTURES):
            eye.picture("front")
        return (time.process_time() - begin) / PICTURES
    finally:
        eye.close()


def main() -> None:
    rows = []
    rendered = gl_platform().name is not None
    for name, scene in BODIES:
        simulation, speed = measure(name, scene)
        picture = f"{1e3 * picture_s(simulation):.0f}" if rendered else "–"
        model = simulation.world.model
        rows.append(
            (
                name,
                scene.name,
                str(model.nv),
                f"{speed.contacts:.0f}",
                f"{speed.build_s:.2f}",
                f"{speed.factor:.1f}",
                f"{speed.wall_factor:.1f}",
                picture,
            )
        )
        print(*rows[-1], sep="  ", flush=True)
    header = (
        "body",
        "scene",
        "degrees of freedom",
        "contacts",
        "built in [s]",
        "times real time, of a core",
        "by the wall's clock",
        "a picture [ms]",
    )
    load = os.getloadavg()[0]
    how = f"by {gl_platform().name or 'the window system'}" if rendered else "not"
    write_section(
        "sim",
        "Speed",
        table(header, rows),
        [
            f"{SECONDS:g} s of simulated time in steps of {1e3 * TIMESTEP:g} ms; every {1e3 * TICK_S:g} ms "
            f"a command and a reading of every device: arms swing {SWING:g} rad, hands open and close.",
            "Of a core: by the time the process had on it, which others on the machine change little.",
            f"A picture: {SIZE[0]} x {SIZE[1]} of the front camera, rendered {how}, of a core as well.",
            f"{today()}, {machine()}, load {load:.1f}.",
        ],
    )


if __name__ == "__main__":
    main()
