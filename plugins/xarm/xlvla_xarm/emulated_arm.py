"""EmulatedArm: what the control box knows and does, without its bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.testing import EmulatedJoints

SPEED = 3.14
"""Of a joint [rad/s]: 180 degrees a second in servo mode (vendor, servo guide in the SDK's docs)."""
LAG_S = 0.01
"""Time constant of a joint [s]; a choice: the controller's own loop runs at 250 Hz."""
JUMP = 0.1
"""A first target further than this from the joint is speed error 24 [rad]; the threshold is a choice."""
FLOAT32 = 1e-6
"""A limit, sent as float32, may come out this far outside [rad]."""
READY, MOVING, SLEEPING, PAUSED, STOPPED, MODE_CHANGED, SLOWING = 0, 1, 2, 3, 4, 5, 6
"""States: 0, 3, 4 and 6 can be set, 1 to 5 are shown (vendor, `doc/api/xarm_api.md`)."""
POSITION, SERVO, LAST_MODE = 0, 1, 11
EMERGENCY_BUTTON, JOINT_LIMIT, SPEED_LIMIT, COLLISION = 1, 23, 24, 31  # controller errors
OVER_CURRENT, OVERHEAT = 11, 15  # motor errors


class EmulatedArm:
    """Seven motors and the controller that runs them.

    Args:
        joints: The motors [rad].
        version: `axes,type,arm's serial number,box's serial number,firmware`, as the box says it.

    Attributes:
        error: Controller error that stands; 0 for none.
        warning: Controller warning that stands.
        servo: (status, code) of each motor.
        mode: 0 position, 1 servo.
        state: 2 ready, 3 paused, 4 stopped, 5 waiting for its state after a change of mode.
        enabled: Whether the motors are on and the brakes off.
        button: Whether the emergency stop button is pressed.
        temperature: Of the motors [deg C].
        current: Of the motors [A].
        torque: Estimated, of the joints [N m].
        load: Mass [kg] and centre [mm] that it was told.
    """

    def __init__(self, joints: EmulatedJoints, version: str) -> None:
        self.joints = joints
        self.version = version
        self.button = False
        self.temperature = np.full(7, 35.0)
        self.current = np.full(7, 0.5)
        self.torque = np.array([0.0, 12.0, 0.5, 6.0, 0.1, 2.0, 0.0])
        self.start(0.0)

    def start(self, now: float) -> None:
        """As after power-on: motors off, stopped, nothing wrong unless the button is pressed."""
        self._halt(now)
        self.error = EMERGENCY_BUTTON if self.button else 0
        self.warning = 0
        self.servo = [(0, 0)] * 7
        self.mode = self._next_mode = POSITION
        self.state = STOPPED
        self.enabled = False
        self.load: Sequence[float] = (0.0, 0.0, 0.0, 0.0)
        self._first = True

    @property
    def ready(self) -> bool:
        """Whether it takes targets."""
        return self.enabled and not self.error and self.state not in (STOPPED, MODE_CHANGED)

    def shown_state(self, now: float) -> int:
        """Its state as others see it: 1 while it moves."""
        return MOVING if self.state == SLEEPING and self.joints.moving(now).any() else self.state

    def velocity(self, now: float) -> Float[np.ndarray, " 7"]:
        """Of the joints, as their lag and greatest speed have it [rad/s]."""
        towards = (self._target - self.joints.position(now)) / LAG_S
        free = [joint not in self.joints.stuck for joint in range(7)]
        return np.where(free, np.clip(towards, -self.joints.speed, self.joints.speed), 0.0)

    def enable(self, on: bool, now: float) -> None:
        """Motors on and brakes off, or the reverse; not while the button is pressed."""
        self.enabled = on and not self.button
        if not on:
            self._halt(now)
            self.state = STOPPED

    def set_state(self, state: int, now: float) -> bool:
        """Ready, pause, stop, slow to a stop; False for another."""
        if state not in (READY, PAUSED, STOPPED, SLOWING):
            return False
        self._halt(now)
        if state != READY:
            self.state = PAUSED if state == PAUSED else STOPPED
        elif not self.error:
            self.state, self.mode, self._first = SLEEPING, self._next_mode, True
        return True

    def set_mode(self, mode: int, now: float) -> bool:
        """Asks for a mode, which begins with the next ready state; False when there is none such."""
        if mode > LAST_MODE:
            return False
        self._halt(now)
        self._next_mode = mode
        if self.state != STOPPED:
            self.state = MODE_CHANGED
        return True

    def follow(self, target: Sequence[float], now: float) -> bool:
        """A target in servo mode [rad]; False in another mode. What cannot be is an error."""
        if not self.ready:
            return True  # the reply's state says so
        if self.mode != SERVO:
            return False
        wanted = np.array(target, dtype=float)
        lower, upper = self.joints.lower, self.joints.upper
        if not ((wanted >= lower - FLOAT32) & (wanted <= upper + FLOAT32)).all():
            self.joints.violations.append(f"was told {wanted}")
            self.fail(JOINT_LIMIT, now)
        elif self._first and (np.abs(wanted - self.joints.position(now)) > JUMP).any():
            self.fail(SPEED_LIMIT, now)
        elif self.state != PAUSED:
            self._first, self._target = False, np.clip(wanted, lower, upper)
            self.joints.command(self._target, now)
        return True

    def clear(self) -> None:
        """Clears its errors, as far as their cause is gone."""
        self.error = EMERGENCY_BUTTON if self.button else 0
        if not self.error:
            self.servo = [(0, 0)] * 7

    def fail(self, code: int, now: float) -> None:
        """A controller error: the arm stands still until it is cleared."""
        self.error, self.state = code, STOPPED
        self._halt(now)

    def press(self, now: float) -> None:
        """Presses the emergency stop button: motors off."""
        self.button, self.enabled = True, False
        self.fail(EMERGENCY_BUTTON, now)

    def overheat(self, joint: int, now: float) -> None:
        """A motor that is too hot: its motor error, and the controller error of that joint."""
        self.temperature[joint] = 85.0
        self.fail_motor(joint, OVERHEAT, now)

    def fail_motor(self, joint: int, code: int, now: float) -> None:
        """A motor error, and the controller error of that joint."""
        self.servo[joint] = (3, code)
        self.fail(11 + joint, now)

    def _halt(self, now: float) -> None:
        self.joints.halt(now)
        self._target = self.joints.position(now).copy()
