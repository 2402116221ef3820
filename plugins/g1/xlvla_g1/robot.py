"""Robot: one connection for both arms. A message moves both, so what they are told stands together.

The robot's own motion service keeps balancing; `rt/arm_sdk` counts beside it as much as the weight
says. Nothing is published before the first command. That takes the waist and both arms where they
stand; an arm that nobody commands, and the waist, stay there.

No message lowers the weight but a release: an arm that hangs on it would fall back to where the
robot's service wants it. How large it is when a program begins cannot be read, and a program that
stopped left it at 1; so it begins at 1, as in both of the maker's programs, unless it is known to be
0: after a release, or when the caller says so. Then it rises.

Source:
    unitree_sdk2_python 37116c5 `example/g1/high_level/` and xr_teleoperate d1510db
    `teleop/robot_control/robot_arm.py`: sequence, gains, ramp.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xlvla_g1.frames import LEFT, RIGHT, UPPER, WAIST, State, command_frame
from xlvla_g1.motors import KD, KP, motor_faults, motor_names, upper_limits, within
from xlvla_g1.states import WAIT_S, States
from xlvla_sdk.drivers import Transport
from xlvla_sdk.errors import DriverError, LimitViolation

RAMP_OUT_S = 2.0  # [s], as long as xr_teleoperate's
RAMP_STEP_S = 0.02  # [s], its step, too
LONGEST_STEP_S = 0.04
"""A step of a ramp is no larger than this time's, however late it is [s]."""
OUTSIDE = 0.1
"""How far outside its limits a joint may stand when it is taken; it is held at the limit [rad]."""
RESTING = 0.05
"""A joint slower than this stands [rad/s]: a choice."""
SAG = 0.1
"""How far a standing joint may hang below its target; it is held by keeping the target [rad]."""
LAST_SEEN_S = 0.1
"""How old the posture may be that a stop's first frame says [s]."""
REPEATS = 3
"""How often a frame that must arrive is sent: a datagram may be lost."""


class Robot:
    """Waist and both arms behind one port.

    Args:
        port: Carries frames out and states in.
        who: The robot, for messages.
        ramp_in_s: How long the weight rises where it is 0 at first [s].
        free: Whether it is known to be 0 now.
        now: Gives the time [s].
        wait_s: How long a state is waited for [s].

    Attributes:
        states: What the robot says.
        weight: As last published, None where nobody here knows it.
    """

    def __init__(
        self,
        port: Transport,
        who: str,
        ramp_in_s: float = 1.0,
        free: bool = False,
        now: Callable[[], float] = time.monotonic,
        wait_s: float = WAIT_S,
    ) -> None:
        self.states = States(port, who, now, wait_s)
        self.weight = 0.0 if free else None
        self._port, self._who, self._now = port, who, now
        self._ramp_in_s = ramp_in_s
        self._lock = threading.RLock()  # a stop may come from another thread
        self._target: np.ndarray | None = None  # None: nothing here is taken
        self._stopped = False
        self._turn = 0  # whoever ramps gives up when it has changed

    @property
    def taken(self) -> bool:
        """Whether the arms were taken here and not released."""
        return self._target is not None

    def command(self, motors: slice, q: Float[np.ndarray, " D"], reach: np.ndarray) -> None:
        """Publishes an arm's target; the first command takes the upper body.

        Args:
            motors: The arm.
            q: Targets [rad].
            reach: How far a target may be from the last one [rad].

        Raises:
            LimitViolation: A target further than that, or a joint that stands outside its limits.
            DriverError: No state, a motor that failed, nobody who listens; nothing was sent, or
                both arms hold.
        """
        state = self.states.fresh()
        self._check_motors(state)
        here = within(motors)
        start = state.q if self._target is None else self._target
        self._check_reach(motors, q - start[here], reach)
        if self._target is None or (self.weight or 0.0) < 1.0:
            self._take(state)
        with self._lock:
            if self._target is None:
                raise DriverError(f"{self._who}: the arms were released. Nothing was sent.")
            self._target[here] = q
            self._stopped = False
            self._publish()

    def hold(self, motors: slice) -> None:
        """Keeps an arm where it stands; nothing to do while nothing is taken."""
        if self._target is None:
            return
        state = self.states.fresh()
        with self._lock:
            if self._target is not None:
                here = within(motors)
                self._target[here] = self._standing(state, self._target)[here]
                self._publish()

    def stop(self) -> None:
        """Keeps both arms where they stand. The first frame waits for nothing.

        It says the newest posture that is known; where that may be too old the last targets, and what
        the robot then says follows.

        Raises:
            DriverError: The stop was not sent, or the robot does not say whether it heeds it.
        """
        with self._lock:
            self._turn += 1
            if self._target is None:
                return
            self.states.poll()
            if self.states.restarted:
                self._target, self.weight = None, None
                raise DriverError(f"{self._who}: the robot was started anew; its arms are its own.")
            seen = self.states.last if self.states.age_s <= LAST_SEEN_S else None
            self._stay(seen, REPEATS)
        if seen is None:
            self._stop_again()

    def release(self) -> None:
        """Gives the arms back to the robot's own service: the weight falls to 0.

        Arms that were not taken here are taken where they stand first: a program that ended without
        a release left them on its last targets. Arms that may still move are stopped first.

        Raises:
            DriverError: The robot does not listen, or a stop came between.
        """
        if self._target is None:
            if self.weight == 0.0:
                return
            self._take(self.states.fresh())
        if not self._stopped:
            self.stop()
        self._ramp(0.0, RAMP_OUT_S)
        with self._lock:
            self._target = None

    def _stay(self, seen: State | None, times: int = 1) -> None:
        if self._target is None:
            return
        if seen is not None and not self._stopped:  # a second stop would follow a hanging arm down
            self._target = self._standing(seen, self._target)
            self._stopped = True
        self._publish(times)

    def _stop_again(self) -> None:
        try:
            seen = self.states.fresh()
        except DriverError as error:
            raise DriverError(
                f"{error.message} Both arms were told to stay at their last targets; whether they "
                "do is not known."
            ) from error
        with self._lock:
            self._stay(seen)

    def _take(self, state: State) -> None:
        with self._lock:
            if self._target is None:
                self._begin(self._standing_inside(state))
        self._ramp(1.0, self._ramp_in_s)

    def _begin(self, posture: np.ndarray) -> None:
        known = self.weight
        self._target, self._stopped = posture, False
        self.weight = 1.0 if known is None else known
        try:
            self._publish()
        except DriverError:  # nothing went out: nothing is taken
            self._target, self.weight = None, known
            raise

    def _ramp(self, end: float, seconds: float) -> None:
        """Brings the weight to its end, at so much a second that 1 takes `seconds`.

        A program that pauses meanwhile makes it longer: no message changes the weight by a jump.
        """
        with self._lock:
            self._turn += 1
            turn, weight, before = self._turn, self.weight or 0.0, self._now()
        while self.weight != end:
            now = self._now()
            step = min(now - before, LONGEST_STEP_S) / seconds
            weight, before = weight + float(np.clip(end - weight, -step, step)), now
            last = weight == end
            with self._lock:
                if turn != self._turn or self.states.restarted:
                    raise DriverError(f"{self._who}: was stopped while its weight was changed.")
                self.weight = weight
                self._publish(REPEATS if last else 1)
            until = self._now() + (0.0 if last else RAMP_STEP_S)
            while (left := until - self._now()) > 0.0:  # the robot's own states pass the time
                self.states.poll(left)

    def _publish(self, times: int = 1) -> None:
        assert self._target is not None
        assert self.weight is not None
        assert self.states.last is not None
        target = np.clip(self._target, *upper_limits())
        frame = command_frame(self.states.last.mode_machine, target, KP, KD, self.weight)
        for _ in range(times):
            self._port.write(frame)

    def _standing(self, state: State, target: np.ndarray) -> Float[np.ndarray, " 17"]:
        resting = (np.abs(state.dq) < RESTING) & (np.abs(target - state.q) < SAG)
        held = np.where(resting, target, state.q)
        held[within(WAIST)] = target[within(WAIST)]
        return held

    def _standing_inside(self, state: State) -> Float[np.ndarray, " 17"]:
        if state.mode_pr != 0:
            raise DriverError(
                f"{self._who}: the robot counts its waist by motors (mode_pr {state.mode_pr}), not by "
                "pitch and roll. Leave debug mode; its motion service does not do that."
            )
        lower, upper = upper_limits()
        outside = np.maximum(lower - state.q, state.q - upper)
        if (worst := int(outside.argmax())) >= 0 and outside[worst] > OUTSIDE:
            raise LimitViolation(
                f"{self._who}: motor {worst + UPPER.start} ({motor_names()[worst]}) stands at "
                f"{state.q[worst]:.3f} rad, {outside[worst]:.3f} outside its limits. Nothing was "
                "sent. Let the robot's own service bring the arms in, then begin again."
            )
        return np.clip(state.q, lower, upper)

    def _check_motors(self, state: State) -> None:
        arms = slice(within(LEFT).start, within(RIGHT).stop)
        words = motor_faults(state, arms)
        if words:
            self.stop()
            held = "Both arms hold." if self.taken else "Nothing was sent."
            raise DriverError(f"{self._who}: {'; '.join(words)}. {held} Look at the robot's app.")

    def _check_reach(self, motors: slice, step: np.ndarray, reach: np.ndarray) -> None:
        far = np.abs(step) - reach
        if (worst := int(far.argmax())) >= 0 and far[worst] > 1e-9:
            raise LimitViolation(
                f"{self._who}: {motor_names()[within(motors).start + worst]} was told to go "
                f"{step[worst]:+.2f} rad at once, no step may be over {reach[worst]:.2f}. Nothing was "
                "sent. Command through SafeDriver, which goes there at the velocity limit."
            )
