"""Redrawing: pictures of a simulation's states that were kept, later and anywhere."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.camera import Eye
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.physics import set_physics
from xlvla_sdk.sim.simulation import Simulation
from xlvla_sdk.sim.world import World


class Redrawing:
    """Draws states of one world. A context manager.

    Args:
        world: What the states are of.
        size: Width and height of its pictures [px].

    Raises:
        DriverError: OpenGL does not work here.
    """

    def __init__(self, world: World, size: tuple[int, int]) -> None:
        self._simulation = Simulation(world)
        self._eye = Eye(self._simulation, size)

    def picture(self, camera: str, row: Float[np.ndarray, " P"]) -> UInt8[np.ndarray, "H W 3"]:
        """What a camera of the world sees in a state.

        Args:
            camera: One of `world.cameras`.
            row: The state, as `physics_row` has it.
        """
        mujoco, model, data = load_mujoco(), self._simulation.world.model, self._simulation.data
        set_physics(data, row)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        return self._eye.picture(camera)

    def close(self) -> None:
        """Frees what it holds."""
        self._eye.close()

    def __enter__(self) -> Redrawing:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def check_cameras(world: World, names: tuple[str, ...]) -> None:
    """Refuses cameras that a world does not have; SpecError naming those it has."""
    for name in names:
        if name not in world.cameras:
            raise SpecError(
                f"{world.embodiment.name} in MuJoCo: no camera '{name}'. There are: "
                f"{', '.join(world.cameras)}."
            )
