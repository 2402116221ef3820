"""Motors of the upper body, waist and both arms: names, limits, gains, and what is wrong with them."""

from __future__ import annotations

from functools import cache

import numpy as np

from xlvla_g1 import arm
from xlvla_g1.frames import UPPER, UPPER_JOINTS, State
from xlvla_sdk import Side
from xlvla_sdk.drivers import single_precision

# xr_teleoperate: shoulder and elbow, wrist, and what must stay. [N m/rad], [N m s/rad]
ARM_KP, ARM_KD = [80.0] * 4 + [40.0] * 3, [3.0] * 4 + [1.5] * 3
WAIST_KP, WAIST_KD = [300.0] * 3, [3.0] * 3
KP, KD = np.array(WAIST_KP + 2 * ARM_KP), np.array(WAIST_KD + 2 * ARM_KD)

WAIST_LIMITS = np.array([2.618, 0.52, 0.52])  # [rad] both ways, unitree_ros d6f13aa


@cache
def upper_limits() -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper of motors 12 to 28 [rad], rounded inwards to what the wire can say."""
    arms = [arm(side).limits for side in (Side.LEFT, Side.RIGHT)]
    lower = np.concatenate([-WAIST_LIMITS, *(limits.lower for limits in arms)])
    upper = np.concatenate([WAIST_LIMITS, *(limits.upper for limits in arms)])
    low, high = single_precision(lower, upper)
    return low.astype(float), high.astype(float)


def within(motors: slice) -> slice:
    """Where motors stand among the seventeen of the upper body."""
    return slice(motors.start - UPPER.start, motors.stop - UPPER.start)


@cache
def motor_names() -> tuple[str, ...]:
    """Joints of motors 12 to 28."""
    waist = ("waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint")
    return waist + arm(Side.LEFT).joints + arm(Side.RIGHT).joints


def motor_faults(state: State, among: slice) -> tuple[str, ...]:
    """What is wrong with motors, in words.

    Args:
        state: Of the robot.
        among: Which of the seventeen.
    """
    words = []
    for index in range(UPPER_JOINTS)[among]:
        if fault := int(state.fault[index]):
            words.append(f"{motor_names()[index]}: its motor reports fault {fault:#x}")
        elif not state.mode[index]:
            words.append(f"{motor_names()[index]}: its motor is not driven")
    return tuple(words)


def motor_alarms(state: State, among: slice) -> tuple[str, ...]:
    """Motors that report a fault: what the words mean is not published, so each is an alarm."""
    return tuple(
        f"{motor_names()[index]}: its motor reports fault {int(state.fault[index]):#x}"
        for index in range(UPPER_JOINTS)[among]
        if state.fault[index]
    )
