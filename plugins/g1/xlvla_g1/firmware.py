"""What runs in an emulated G1: its motors, its own service, and `rt/arm_sdk` beside it.

Source:
    Limits and speeds: unitree_ros d6f13aa, g1_29dof_rev_1_0.urdf. Behaviour of `rt/arm_sdk`:
    unitree_sdk2_python 37116c5 `example/g1/high_level/`, xr_teleoperate d1510db. That the robot
    ignores messages with a wrong checksum or for another machine is assumed, as what is stricter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlvla_g1.emulated_bytes import MOTORS, MotorWords, pack_said, unpack_told
from xlvla_sdk import Side
from xlvla_sdk.testing import EmulatedJoints, Faults, Firmware

LEGS, WAIST, WEIGHT = slice(0, 12), slice(12, 15), 29
ARMS = {Side.LEFT: slice(15, 22), Side.RIGHT: slice(22, 29)}
# [rad]; the left arm's, in the order of its motors
LEFT_LOWER = (-3.0892, -1.5882, -2.618, -1.0472, -1.972222054, -1.614429558, -1.614429558)
LEFT_UPPER = (2.6704, 2.2515, 2.618, 2.0944, 1.972222054, 1.614429558, 1.614429558)
RIGHT_LOWER = (-3.0892, -2.2515, -2.618, -1.0472, -1.972222054, -1.614429558, -1.614429558)
RIGHT_UPPER = (2.6704, 1.5882, 2.618, 2.0944, 1.972222054, 1.614429558, 1.614429558)
ARM_SPEED = (37.0,) * 5 + (22.0,) * 2  # [rad/s]
ARM_TORQUE = np.array((25.0,) * 5 + (5.0,) * 2)  # [N m]
WAIST_UPPER, WAIST_SPEED = (2.618, 0.52, 0.52), (32.0, 30.0, 30.0)
OWN_LEFT = (0.3, 0.2, 0.0, 0.6, 0.0, 0.0, 0.0)
OWN_RIGHT = (0.3, -0.2, 0.0, 0.6, 0.0, 0.0, 0.0)
"""Where the robot's own service wants its arms [rad]: a choice."""
MOST_KP, MOST_KD = (
    300.0,
    20.0,
)  # [N m/rad], [N m s/rad]; the stiffest that the maker uses, or a guess
FALL = 0.05
"""How much the weight may fall in one message before whatever hangs on it drops."""
UPTIME_TICKS = 1_000_000
TICKS_A_STATE = 2


class G1Firmware(Firmware):
    """Takes commands and makes states; all of the robot, whichever arm is asked for.

    Args:
        side: Whose motors are `joints`.
        faults: Of the line; "foreign" makes a state that is older than the last.

    Attributes:
        arms: Motors of both arms [rad]; what they must not be told is noted there.
        waist: Yaw, roll, pitch [rad].
        weight: How much commands count, as last told.
        machine: The robot's `mode_machine`.
        mode_pr: How it counts its waist.
        standing: Whether its motion service runs; else it ignores commands.
        motor_faults: Fault words of motors by their index.
        asleep: Motors that are not driven.
        temperature: Casing and winding of each motor [deg C].
        told: Commands taken.
        refused: Commands ignored, by why.
        lightest: The least weight of a command since the first.
    """

    def __init__(self, side: Side | None = Side.RIGHT, faults: Faults | None = None) -> None:
        self.arms = {
            Side.LEFT: EmulatedJoints(LEFT_LOWER, LEFT_UPPER, np.array(ARM_SPEED), OWN_LEFT),
            Side.RIGHT: EmulatedJoints(RIGHT_LOWER, RIGHT_UPPER, np.array(ARM_SPEED), OWN_RIGHT),
        }
        self.waist = EmulatedJoints(
            -np.array(WAIST_UPPER), WAIST_UPPER, np.array(WAIST_SPEED), np.zeros(3)
        )
        self.joints = self.arms[side or Side.RIGHT]
        self.machine, self.mode_pr, self.standing = 5, 0, True
        self.motor_faults: dict[int, int] = {}
        self.asleep: set[int] = set()
        self.temperature = np.tile([35.0, 42.0], (MOTORS, 1))
        self.told = 0
        self.refused = {"damaged": 0, "machine": 0, "weight": 0, "not standing": 0}
        self._faults = faults or Faults()
        self._tick = UPTIME_TICKS
        self._own = {Side.LEFT: np.array(OWN_LEFT), Side.RIGHT: np.array(OWN_RIGHT)}
        self._before: tuple[float, np.ndarray] | None = None
        self.weight = 0.0
        self._torque = np.zeros(MOTORS)

    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        """Takes a command; the robot answers none."""
        told = unpack_told(data)
        if why := self._refusal(told):
            self.refused[why] += 1
        elif told is not None:
            self._obey(told, now)
        return ()

    def state(self, now: float) -> bytes:
        """The next `rt/lowstate` message."""
        self._tick = (self._tick + TICKS_A_STATE) & 0xFFFFFFFF
        q = np.zeros(MOTORS)
        for motors, joints in self._groups():
            q[motors] = joints.position(now)
        q[WEIGHT] = self.weight
        dq = np.zeros(MOTORS)
        if self._before is not None and now > self._before[0]:
            dq = (q - self._before[1]) / (now - self._before[0])
        self._before = (now, q)
        enabled, faults = np.ones(MOTORS, int), np.zeros(MOTORS, int)
        enabled[[*self.asleep, *range(WEIGHT, MOTORS)]] = 0
        for motor, word in self.motor_faults.items():
            faults[motor] = word
        late = (self._tick - 3 * TICKS_A_STATE) & 0xFFFFFFFF
        tick = late if self._faults.strikes("foreign") else self._tick
        torque = self._torque
        heat = self.temperature.astype(int)
        return pack_said(tick, self.machine, q, dq, torque, heat, enabled, faults, self.mode_pr)

    def reboot(self, now: float) -> None:
        """Counts anew, heeds nobody, and brings the arms back to its own posture."""
        self._tick, self.weight, self._before = 0, 0.0, None
        for side, joints in self.arms.items():
            joints.place(joints.position(now))
            joints.command(self._own[side], now)

    @property
    def violations(self) -> list[str]:
        """What any motor was told and must not be."""
        return [word for _, joints in self._groups() for word in joints.violations]

    @property
    def largest_step(self) -> float:
        """The furthest that an arm could have jumped, as a part of its range."""
        return max(joints.largest_step for joints in self.arms.values())

    def _groups(self) -> list[tuple[slice, EmulatedJoints]]:
        return [(WAIST, self.waist), *((ARMS[side], self.arms[side]) for side in ARMS)]

    def _refusal(self, told: MotorWords | None) -> str | None:
        if told is None:
            return "damaged"
        if told.mode_machine != self.machine:
            self._note(f"a command was for machine {told.mode_machine}")
            return "machine"
        weight = told.q[WEIGHT]
        if not 0.0 <= weight <= 1.0:
            self._note(f"the weight was told {weight:g}")
            return "weight"
        return None if self.standing else "not standing"

    def _obey(self, told: MotorWords, now: float) -> None:
        self.told += 1
        weight = float(told.q[WEIGHT])
        if weight < self.weight - FALL:
            self._note(f"the weight fell from {self.weight:.2f} to {weight:.2f} at once")
        self.weight = weight
        if told.mode[LEGS].any() or told.kp[LEGS].any():
            self._note("the legs were driven")
        for side, motors in ARMS.items():
            self._move(self.arms[side], motors, self._own[side], told, now)
        self._move(self.waist, WAIST, np.zeros(3), told, now)

    def _move(
        self,
        joints: EmulatedJoints,
        motors: slice,
        own: np.ndarray,
        told: MotorWords,
        now: float,
    ) -> None:
        q, kp, kd = told.q[motors], told.kp[motors], told.kd[motors]
        driven = told.mode[motors] == 1
        outside = ~((q >= joints.lower - 1e-9) & (q <= joints.upper + 1e-9))
        soft = ~((kp > 0.0) & (kp <= MOST_KP) & (kd > 0.0) & (kd <= MOST_KD))
        for index in np.flatnonzero(outside | soft | ~driven):
            joints.violations.append(
                f"motor {motors.start + index} was told {q[index]:g} at kp {kp[index]:g}, "
                f"kd {kd[index]:g}, mode {told.mode[motors][index]:g}"
            )
        heeded = driven & ~outside & ~soft
        target = np.where(heeded, self.weight * q + (1.0 - self.weight) * own, np.nan)
        joints.command(np.clip(target, joints.lower, joints.upper), now)
        pull = np.nan_to_num(kp * (target - joints.position(now)) + told.tau[motors])
        most = ARM_TORQUE if len(pull) == len(ARM_TORQUE) else 50.0
        self._torque[motors] = np.clip(pull, -most, most)

    def _note(self, what: str) -> None:
        self.joints.violations.append(what)
