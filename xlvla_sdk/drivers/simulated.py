"""SimulatedDriver: a device that is not there, in numpy; joints follow their targets with a lag."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec

LAG_S = 0.03
"""Time constant of every joint [s]; a choice, of the order of a hand motor's position loop."""


class SimulatedDriver(Driver):
    """A device whose joints follow their targets: first order, no faster than the spec says.

    It starts at the posture 'open' (a hand) or 'ready' (an arm) where the spec has one, else at
    rest. It is advanced by its clock; without one only `advance` moves it. What it is told it does
    not check: `SafeDriver` does.

    Args:
        spec: The hand or arm it plays.
        address: Not used; kept for messages.
        now: Gives the time [s]; `time.monotonic`, or a simulation's clock.

    Raises:
        SpecError: When the spec knows no velocity limits.
    """

    simulated = True

    def __init__(
        self,
        spec: HandSpec | ArmSpec,
        address: Address | None = None,
        *,
        now: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(spec, address)
        self._speed = spec.velocity_limits
        start = next((name for name in ("open", "ready") if name in spec.postures), None)
        self._qpos = np.array(spec.rest if start is None else spec.posture(start))
        self._target = self._qpos.copy()
        self._now = now
        self._time_s = 0.0 if now is None else now()

    def read(self) -> JointState:
        """The simulated joints, and the time on this driver's clock."""
        self._catch_up()
        return JointState(self._qpos.copy(), self._time_s)

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sets the target; the joints move towards it as time passes."""
        self._catch_up()
        self._target = np.array(qpos, dtype=float)

    def stop(self) -> None:
        """Stands still at once."""
        self._catch_up()
        self._target = self._qpos.copy()

    def advance(self, dt: float) -> None:
        """Lets time pass.

        The motion is solved, not stepped: full speed while the error is large, then an
        exponential, so that the result does not depend on how `dt` is cut.

        Args:
            dt: How much time [s].
        """
        error = self._target - self._qpos
        at_full_speed_s = np.clip((np.abs(error) - self._speed * LAG_S) / self._speed, 0.0, dt)
        left = error - np.sign(error) * self._speed * at_full_speed_s
        self._qpos = self._target - left * np.exp(-(dt - at_full_speed_s) / LAG_S)
        self._time_s += dt

    def _catch_up(self) -> None:
        if self._now is not None and (dt := self._now() - self._time_s) > 0.0:
            self.advance(dt)
