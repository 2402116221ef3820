"""G1Driver: one arm of a Unitree G1 over DDS; both arms of a robot share one connection."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_g1.frames import LEFT, RIGHT, WAIST, State
from xlvla_g1.motors import motor_alarms, motor_faults, within
from xlvla_g1.shared import Connection, join, leave
from xlvla_sdk import ArmSpec, Side
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Counts,
    Driver,
    Identity,
    JointState,
    Transport,
    checked_target,
)
from xlvla_sdk.errors import DriverError

# unitree_ros d6f13aa, robots/g1_description/README.md: which URDF belongs to which mode_machine
MACHINES = {
    5: "G1, 29 joints, rev 1.0",
    6: "G1, 29 joints, rev 1.0, waist locked",
    2: "G1, 29 joints, before rev 1.0",
    3: "G1, 29 joints, before rev 1.0, waist locked",
    **dict.fromkeys(range(11, 17), "G1, 29 joints, after rev 1.0"),
    **dict.fromkeys((1, 4, 10), "G1, 23 joints"),
    9: "G1, two arms alone",
}
DESCRIBED = (5, 6)
"""The robots that the specs describe."""
WITHOUT_WRISTS = (1, 4, 10)
"""Robots whose arms have no wrist pitch and yaw."""
LONGEST_STEP_S = 0.1
"""No target is further than the velocity limit goes in this time [s], as far as SafeDriver steps."""


def dds(address: Address) -> Transport:
    """The port of an address; DriverError without cyclonedds."""
    try:
        from xlvla_g1.dds_port import DdsPort
    except ImportError as error:
        raise DriverError(
            f"{address}: the G1 speaks DDS, and cyclonedds is not installed ({error}). "
            "Run: pip install 'xlvla-g1[dds]'"
        ) from error
    return DdsPort.at(address)


class G1Driver(Driver):
    """Seven motors of one arm through `rt/arm_sdk`, while the robot's own service keeps balance.

    A command is published once. No watchdog is known on the robot: without another it stays at the
    last, for ever.

    Args:
        spec: The arm.
        address: `dds:INTERFACE`; options `domain` (0), `machine` (a `mode_machine` that is taken for
            the described robot), `ramp_in` (the robot's arms are known to be free: the weight rises
            from 0 in so many seconds), `timeout` (of opening, 3 s), `wait` (for a state, 0.2 s).
        connect: Gives the port.
        now: Gives the time [s].

    Source:
        unitree_sdk2_python 37116c5 (messages, motor order, arm_sdk), xr_teleoperate d1510db (gains).
    """

    def __init__(
        self,
        spec: ArmSpec,
        address: Address | None = None,
        connect: Connect = dds,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(spec, address)
        self._connect, self._now = connect, now
        self._connection: Connection | None = None
        self._motors = RIGHT if spec.side is Side.RIGHT else LEFT
        self._reach = spec.velocity_limits * LONGEST_STEP_S

    def open(self) -> None:
        """Joins the robot's domain and hears its first state; publishes nothing.

        Raises:
            DriverError: No address, no such interface, no state in time, another kind of G1.
        """
        if self._connection is not None:
            return
        if self.address is None:
            raise DriverError(f"{self.spec.id}: needs an address, such as dds:eth0.")
        self.address.only("domain", "machine", "ramp_in", "timeout", "wait")
        connection = join(self.address, self._connect, self._now)
        try:
            self._check_machine(connection.robot.states.fresh())
        except BaseException:
            leave(connection)
            raise
        self._connection = connection

    def close(self) -> None:
        """Lets go of the connection. The arm stays taken and held; `release` gives it back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            leave(connection)

    @property
    def counts(self) -> Counts:
        """States that came, and those of them that were damaged or old; both arms' together."""
        if self._connection is None:
            return Counts()
        heard = self._connection.robot.states.heard
        wrong = heard.damaged + heard.old
        return Counts(asked=heard.taken + wrong, refused=wrong)

    def identity(self) -> Identity:
        """Model by `mode_machine`, and the robot's software version; a G1 has both sides."""
        state = self._opened().robot.states.fresh()
        model = MACHINES.get(state.mode_machine, "G1, unknown")
        return Identity(
            f"{model} (mode_machine {state.mode_machine})",
            self.spec.side,
            firmware=".".join(map(str, state.version)),
        )

    def read(self) -> JointState:
        """Positions, velocities, torques as the robot estimates them, and temperatures.

        Raises:
            DriverError: The robot says nothing; its state is never older than 0.05 s.
        """
        states = self._opened().robot.states
        state = states.fresh()
        here = within(self._motors)
        return JointState(
            qpos=state.q[here],
            time_s=states.came_s,
            velocity=state.dq[here],
            torque=state.torque[here],
            temperature=state.temperature[here],
            faults=motor_faults(state, here),
            alarms=motor_alarms(state, here),
        )

    def waist(self) -> Float[np.ndarray, " 3"]:
        """The waist's yaw, roll and pitch [rad]: from the pelvis to `torso_link`, the arms' base."""
        return self._opened().robot.states.fresh().q[within(WAIST)]

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Publishes a target once; the first command takes both arms and the waist where they stand.

        Args:
            qpos: Target [rad].

        Raises:
            LimitViolation: Outside the limits, not finite, or a step that no velocity limit allows.
            DriverError: The robot says nothing, a motor of either arm failed, nobody listens.
        """
        connection = self._opened()
        target = checked_target(self.spec, qpos)
        connection.robot.command(self._motors, target, self._reach)

    def hold(self) -> None:
        """This arm stays where it stands; nothing is sent while it was never commanded."""
        self._opened().robot.hold(self._motors)

    def stop(self) -> None:
        """Both arms stay where they stand, at once; nothing is sent while none was commanded."""
        if self._connection is not None:
            self._connection.robot.stop()

    def release(self) -> None:
        """Both arms go back to the robot's own service, in two seconds; call `stop` before."""
        self._opened().robot.release()

    def _opened(self) -> Connection:
        if self._connection is None:
            raise DriverError(f"{self.spec.id}: is not open. Open the driver first.")
        return self._connection

    def _check_machine(self, state: State) -> None:
        machine = state.mode_machine
        assert self.address is not None
        if machine in DESCRIBED:
            return
        what = (
            f"{self.spec.id} on {self.address}: this is a {MACHINES.get(machine, 'G1, unknown')} "
        )
        what += f"(mode_machine {machine}), not a {MACHINES[5]} (5 or 6)."
        if machine in WITHOUT_WRISTS:
            raise DriverError(f"{what} Its arms have five joints; this device is not for them.")
        if machine != self.address.integer("machine", 5):
            raise DriverError(
                f"{what} Where its arms are the same, add machine={machine} to the address."
            )
