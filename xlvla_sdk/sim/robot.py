"""MujocoDriver: a hand in MuJoCo that is read and commanded like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.errors import DriverError, SpecError
from xlvla_sdk.messages import JointState
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.world import TIMESTEP, World, build_world, starting_posture
from xlvla_sdk.specs import ArmSpec, HandSpec


class MujocoDriver(Driver):
    """A simulated hand: the same commands at the same times give the same bits.

    It starts in its open posture, at rest. `read` gives the simulation's own joint positions,
    which contact between fingers may keep from their targets.

    Args:
        spec: The hand.
        address: Not used; a simulation has no address.
        now: Gives the time [s], a clock's; without one only `advance` lets time pass.

    Raises:
        SpecError: When the spec is an arm's.
    """

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        address: str | None = None,
        *,
        now: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(spec, address)
        if not isinstance(spec, HandSpec):
            raise SpecError(f"{spec.id}: MuJoCo simulates hands; an arm cannot be simulated yet.")
        self._hand = spec
        self._world: World | None = None
        self._data: Any = None
        self._now = now
        self._time_s = 0.0
        self._stepped_s = 0.0

    @property
    def world(self) -> World:
        """The world the hand is in; DriverError before `open`."""
        if self._world is None:
            raise DriverError(f"{self.spec.id} in MuJoCo: is not open. Use it in `with driver:`.")
        return self._world

    def open(self) -> None:
        """Builds the world; XlvlaError when MuJoCo is not installed."""
        if self._world is not None:
            return
        self._world = build_world(self._hand)
        self._data = load_mujoco().MjData(self._world.model)
        self._world.place(self._data, starting_posture(self._hand))
        self._time_s = 0.0 if self._now is None else self._now()
        self._stepped_s = self._time_s

    def close(self) -> None:
        self._world = self._data = None

    def read(self) -> JointState:
        """The simulated joints, and the time on this driver's clock."""
        columns = self.world.positions
        self._catch_up()
        return JointState(self._data.qpos[columns].copy(), self._time_s)

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sets the servos' targets; the joints move as time passes."""
        assert len(qpos) == len(self.world.positions)
        self._catch_up()
        self._data.ctrl[:] = qpos

    def stop(self) -> None:
        if self._world is not None:
            self.hold()

    def advance(self, dt: float) -> None:
        """Lets time pass; a rest shorter than a timestep is kept for the next call.

        Args:
            dt: How long [s].

        Raises:
            DriverError: When the simulation has become unstable.
        """
        model, data = self.world.model, self._data
        self._time_s += dt
        steps = int((self._time_s - self._stepped_s) / TIMESTEP + 1e-6)
        self._stepped_s += steps * TIMESTEP
        if steps:
            load_mujoco().mj_step(model, data, nstep=steps)
        # MuJoCo resets what has become unstable and counts it; without a look nobody would know.
        if any(data.warning[int(kind)].number for kind in _unstable(load_mujoco())):
            raise DriverError(
                f"{self.spec.id} in MuJoCo: the simulation became unstable at {self._time_s:.2f} s. "
                f"Check the URDF's inertias with `xlvla check {self.spec.id}`."
            )

    def _catch_up(self) -> None:
        if self._now is not None and (dt := self._now() - self._time_s) > 0.0:
            self.advance(dt)


def _unstable(mujoco: Any) -> tuple[Any, ...]:
    kinds = mujoco.mjtWarning
    return kinds.mjWARN_BADQPOS, kinds.mjWARN_BADQVEL, kinds.mjWARN_BADQACC
