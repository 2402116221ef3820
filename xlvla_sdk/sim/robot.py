"""MujocoDriver: an arm or a hand in MuJoCo that is read and commanded like any other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.messages import JointState
from xlvla_sdk.sim.simulation import Simulation
from xlvla_sdk.sim.world import World, build_world
from xlvla_sdk.specs import ArmSpec, HandSpec


class MujocoDriver(Driver):
    """One device of a simulation.

    It starts in its posture `open` or `ready`, at rest. `read` gives the simulation's own joint
    positions, which contact may keep from their targets.

    Args:
        spec: The arm or hand.
        address: Not used; a simulation has no address.
        now: Gives the time [s], a clock's; without one only `advance` lets time pass. For a device
            that is simulated alone.
        simulation: What the device is a part of; its `drivers` are made with it. Without one the
            device is alone in a world that is built when the driver opens.
        number: Which part of the simulation's body.
    """

    simulated = True

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        address: Address | None = None,
        *,
        now: Callable[[], float] | None = None,
        simulation: Simulation | None = None,
        number: int = 0,
    ) -> None:
        super().__init__(spec, address)
        self._now = now
        self._given = simulation
        self._number = number
        self._open: Simulation | None = None

    @property
    def simulation(self) -> Simulation:
        """What the device is in; DriverError before `open`."""
        if self._open is None:
            raise DriverError(f"{self.spec.id} in MuJoCo: is not open. Use it in `with driver:`.")
        return self._open

    @property
    def world(self) -> World:
        """The world the device is in; DriverError before `open`."""
        return self.simulation.world

    def open(self) -> None:
        """Joins its simulation, or builds one; XlvlaError when MuJoCo is not installed."""
        if self._open is None:
            simulation = self._given or Simulation(build_world(self.spec), self._now)
            simulation.open()
            self._open = simulation

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None

    def read(self) -> JointState:
        """The simulated joints and their velocities, and the time on the simulation's clock."""
        self.simulation.catch_up()
        part, data = self.world.parts[self._number], self.simulation.data
        qpos, velocity = data.qpos[part.positions].copy(), data.qvel[part.dofs].copy()
        return JointState(qpos, self.simulation.time_s, velocity)

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sets the servos' targets; the joints move as time passes."""
        part = self.world.parts[self._number]
        assert len(qpos) == len(part.positions)
        self.simulation.catch_up()
        self.simulation.data.ctrl[part.servos] = qpos

    def stop(self) -> None:
        if self._open is not None:
            self.hold()

    def advance(self, dt: float) -> None:
        """Lets time pass [s]; as `Simulation.advance`."""
        self.simulation.advance(dt)
