"""Simulation: one body in one world, and its time; drivers and cameras are views of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DriverError
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.scene_state import SceneState, place_things, scene_state
from xlvla_sdk.sim.world import World

if TYPE_CHECKING:
    from xlvla_sdk.sim.camera import SimulatedCamera
    from xlvla_sdk.sim.robot import MujocoDriver


@dataclass
class _Watch:
    """Something that looks at the simulation every so many steps."""

    every: int
    look: Callable[[], None]
    due: int


class Simulation:
    """A body in its world: the same commands at the same times give the same bits.

    It begins with arms in their posture `ready`, hands open, at rest, and things where the scene
    has them. Not for several threads: cameras and drivers are read by whoever lets time pass.

    Args:
        world: The body and its scene.
        now: Gives the time [s], a clock's: reading a driver or a camera then lets time pass up to
            it. Without one only `advance` does.

    Attributes:
        world: The same.
        data: MuJoCo's MjData.
        time_s: The time up to which it was asked to go [s].
    """

    def __init__(self, world: World, now: Callable[[], float] | None = None) -> None:
        self.world = world
        self.data: Any = load_mujoco().MjData(world.model)
        self.time_s = 0.0
        self._now = now
        self._users = 0
        self._origin_s = 0.0
        self._steps = 0
        self._watches: list[_Watch] = []
        self.reset()

    @cached_property
    def drivers(self) -> tuple[MujocoDriver, ...]:
        """One for each part of the body, in their order, all views of this simulation."""
        from xlvla_sdk.sim.robot import MujocoDriver

        return tuple(
            MujocoDriver(part.spec, simulation=self, number=number)
            for number, part in enumerate(self.world.parts)
        )

    def camera(self, name: str) -> SimulatedCamera:
        """A camera of the world, to be opened; SpecError naming them all when there is none."""
        from xlvla_sdk.sim.camera import SimulatedCamera

        return SimulatedCamera(self, name)

    @property
    def state(self) -> SceneState:
        """Where the scene's loose things are, how they move and what they touch."""
        return scene_state(self.world.model, self.data, self.world.scene)

    def reset(
        self,
        things: Mapping[str, Float[np.ndarray, "4 4"]] | None = None,
        qpos: Float[np.ndarray, " D"] | None = None,
    ) -> None:
        """Puts body and things back to where they began; time goes on.

        Args:
            things: Poses in the task frame of things that stand elsewhere, by name.
            qpos: The whole qpos of a body that stands otherwise [rad, m].

        Raises:
            SpecError: A thing that is not in the scene, or is fixed.
        """
        mujoco, model = load_mujoco(), self.world.model
        mujoco.mj_resetData(model, self.data)
        self.world.place(self.data, self.world.start if qpos is None else qpos)
        place_things(self.data, self.world.scene, things or {})
        mujoco.mj_forward(model, self.data)

    def open(self) -> None:
        """Takes part; the first who does sets the time to the clock's."""
        if self._users == 0 and self._now is not None:
            self.time_s = self._now()
            self._origin_s, self._steps = self.time_s, 0
            for watch in self._watches:
                watch.due = 0
        self._users += 1

    def close(self) -> None:
        """Takes part no more; when nobody does, the clock's time passes it by."""
        self._users -= 1

    def advance(self, dt: float) -> None:
        """Lets time pass; a rest shorter than a timestep is kept for the next call.

        Args:
            dt: How long [s].

        Raises:
            DriverError: When the simulation has become unstable.
        """
        self.time_s += dt
        timestep = self.world.model.opt.timestep
        self._step_to(int((self.time_s - self._origin_s) / timestep + 1e-6))

    def catch_up(self) -> None:
        """Lets time pass up to the clock's now; nothing without a clock."""
        if self._now is not None and (dt := self._now() - self.time_s) > 0.0:
            self.advance(dt)

    def watch(self, rate_hz: float, look: Callable[[], None]) -> None:
        """Calls `look` this often in simulated time, from now on, to the nearest timestep."""
        every = max(1, round(1.0 / (rate_hz * self.world.model.opt.timestep)))
        self._watches.append(_Watch(every, look, self._steps))

    def _step_to(self, end: int) -> None:
        while True:
            for watch in self._watches:
                if watch.due <= self._steps:
                    watch.look()
                    watch.due = self._steps + watch.every
            if self._steps >= end:
                return
            steps = min([end, *(watch.due for watch in self._watches)]) - self._steps
            load_mujoco().mj_step(self.world.model, self.data, nstep=steps)
            self._steps += steps
            self._check()

    def _check(self) -> None:
        # MuJoCo resets what has become unstable and counts it; without a look nobody would know.
        kinds = load_mujoco().mjtWarning
        bad = (kinds.mjWARN_BADQPOS, kinds.mjWARN_BADQVEL, kinds.mjWARN_BADQACC)
        if any(self.data.warning[int(kind)].number for kind in bad):
            name = self.world.embodiment.name
            raise DriverError(
                f"{name} in MuJoCo: the simulation became unstable at {self.time_s:.2f} s. "
                f"Check the URDF's inertias with `xlvla check {name}`."
            )
