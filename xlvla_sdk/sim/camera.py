"""SimulatedCamera: what a camera of a simulation sees, rendered without a window."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DriverError, SpecError
from xlvla_sdk.sim.engine import gl_platform, load_mujoco
from xlvla_sdk.sim.simulation import Simulation

SIZE = (320, 240)
"""Width and height that policies are commonly given [px]."""
RATE_HZ = 30.0
"""New pictures in a second of simulated time, as a usual camera has them."""
MOST_GEOMS = 5000


class SimulatedCamera(Camera):
    """One camera of a simulation: the same state gives the same picture.

    Reading it lets time pass as reading a driver does. There is a new picture every 1/30 s of
    simulated time; in between, the last one again.

    Args:
        simulation: What it looks at.
        name: One of `simulation.world.cameras`.
        size: Width and height of its pictures [px].
        rate_hz: How often there is a new one.

    Raises:
        SpecError: No camera of that name in the world, naming those that are.
    """

    simulated = True
    thread_safe = False

    def __init__(
        self,
        simulation: Simulation,
        name: str,
        size: tuple[int, int] = SIZE,
        rate_hz: float = RATE_HZ,
    ) -> None:
        if name not in simulation.world.cameras:
            raise SpecError(
                f"{simulation.world.embodiment.name} in MuJoCo: no camera '{name}'. There are: "
                f"{', '.join(simulation.world.cameras)}."
            )
        self.name = name
        self._simulation = simulation
        self._size = size
        self._period_s = 1.0 / rate_hz
        self._eye: Eye | None = None
        self._newest: Frame | None = None

    def open(self) -> None:
        """Finds a way to render; DriverError when OpenGL does not work here."""
        if self._eye is None:
            self._eye = Eye(self._simulation, self._size)
            self._simulation.open()

    def close(self) -> None:
        if self._eye is not None:
            self._simulation.close()
            self._eye.close()
        self._eye = self._newest = None

    def read(self) -> Frame:
        """The newest picture, and when it was taken on the simulation's clock."""
        if self._eye is None:
            raise DriverError(f"camera {self.name}: is not open. Use it in `with camera:`.")
        self._simulation.catch_up()
        now, newest = self._simulation.time_s, self._newest
        if newest is None or now - newest.time_s >= self._period_s - 1e-9:
            self._newest = newest = Frame(self._eye.picture(self.name), now)
        return newest


class Eye:
    """Renders a simulation's present state; no shadows, which cost much and hide fingers.

    Args:
        simulation: What is rendered.
        size: Width and height [px].

    Raises:
        DriverError: OpenGL does not work here.
    """

    def __init__(self, simulation: Simulation, size: tuple[int, int]) -> None:
        mujoco, platform = load_mujoco(), gl_platform()
        if platform.name is None:
            raise DriverError(f"nothing can be rendered: {platform.reason}.")
        self._data = simulation.data
        width, height = size
        try:
            self._renderer: Any = mujoco.Renderer(
                simulation.world.model, height, width, max_geom=MOST_GEOMS
            )
        except Exception as error:  # each platform has its own ways to fail
            raise DriverError(
                f"nothing can be rendered: OpenGL ({platform.name}) fails with {error}. If "
                "mujoco was imported before xlvla_sdk, it has chosen another platform: set "
                f"MUJOCO_GL={platform.name} before that."
            ) from error
        self._renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0

    def picture(self, camera: str) -> UInt8[np.ndarray, "height width 3"]:
        """What a camera of the world sees."""
        self._renderer.update_scene(self._data, camera)
        return self._renderer.render()

    def close(self) -> None:
        """Frees what it holds; left to the interpreter's exit, EGL would be gone before."""
        self._renderer.close()
