"""What the control box means by its numbers, in words, and how to mend it.

Source: xArm-Developer/xArm-Python-SDK 1.18.4: `doc/api/xarm_api_code.md` (the numbers and their
meaning), `xarm/core/config/x_code.py` (60, and which the box itself can clear). The words are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

OK, ERROR_STANDS, WARNING_STANDS, NOT_READY, INVALID = 0, 1, 2, 9, 10  # answers to a call

CALLS = {
    -9: "an emergency stop is pressed",
    -8: "a value is out of its range",
    -7: "a joint limit is in the way",
    -6: "a limit of the tool's pose is in the way",
    -4: "the box does not know this command",
    -3: "the SDK itself failed",
    -2: "the arm is not ready: not enabled, or its state not set",
    -1: "the connection is gone",
    ERROR_STANDS: "an error stands",
    WARNING_STANDS: "a warning stands",
    3: "no reply in time",
    4: "the reply has the wrong length",
    5: "the reply has another number than the request",
    6: "the reply is of another protocol",
    7: "the reply is to another command",
    8: "the request could not be sent",
    NOT_READY: "the arm is not ready to move",
    INVALID: "the box calls the request invalid, or the reply makes no sense",
    11: "the box gives no reason",
    12: "the box calls a parameter wrong",
}
"""Answers of the SDK's calls that this driver can meet."""

STATES = {
    1: "moving",
    2: "ready",
    3: "paused",
    4: "stopped",
    5: "waiting for its state after a change of mode",
    6: "slowing to a stop",
}
"""States of the controller; 4 and 5 do not move."""
ABLE = (0, 1, 2)
"""States in which it takes targets."""

RESTART = "Press the emergency stop, release it, and switch the box on again"
SERVICE = "If it comes back after a restart, ask the maker"

ERRORS: dict[int, tuple[str, str]] = {
    1: ("the emergency stop button is pressed", "Release the button on the control box"),
    2: ("the emergency stop input is open", "Close both EI inputs of the control box"),
    3: ("the three-position switch's stop is pressed", "Release it"),
    10: ("a motor reports an error", RESTART),
    **{10 + n: (f"the motor of joint{n} reports an error", RESTART) for n in range(1, 8)},
    18: ("the force sensor does not answer", "Check the sensor and its cable"),
    19: ("the tool does not answer", "Check the tool's cable and baud rate"),
    21: ("kinematics failed", "Move away from this posture"),
    22: ("it would collide with itself", "Choose another way"),
    23: ("a joint is outside its limits", "Move it back by hand in manual mode"),
    24: ("too fast", "Start from the measured posture and move more slowly"),
    25: ("planning failed", "Move more slowly, or another way"),
    26: ("the box's real-time system failed", SERVICE),
    27: ("a motor did not reply to the box", RESTART),
    28: ("the module at the flange does not answer", RESTART),
    29: ("another error", RESTART),
    30: ("a measured speed is too high", SERVICE),
    31: (
        "a collision, or a current as in one",
        "Look for what it hit; give the mounted hand's mass with the option load=KG,X,Y,Z",
    ),
    32: ("a circle cannot be computed", "Choose other points"),
    33: ("the box's inputs and outputs failed", "Check their wiring"),
    34: ("a recording is too long", "Record no more than five minutes"),
    35: ("the safety boundary is reached", "Move it back inside, in manual mode"),
    36: ("too many commands wait", "Send fewer"),
    37: ("it moved by itself in manual mode", "Check load and mounting direction"),
    38: ("a joint's angle cannot be right", SERVICE),
    39: ("the power board failed", SERVICE),
    40: ("no posture reaches this pose", "Choose another pose"),
    41: ("the friction file is broken", RESTART),
    42: ("the calibration file is broken", RESTART),
    50: ("the force sensor cannot be read", "Check the sensor"),
    51: ("the force sensor's mode cannot be set", "Check the sensor"),
    52: ("the force sensor cannot be zeroed", "Check the sensor"),
    53: ("the force sensor is overloaded", "Take the load off"),
    60: ("the tool moves too fast in servo mode", "Move more slowly: `--speed 0.3`"),
    110: ("the arm's base board does not answer", SERVICE),
    111: ("the device on the box's RS485 does not answer", "Check its cable"),
}
"""Errors of the controller, each with its mend."""

WARNINGS = {
    11: "its queue is full",
    12: "a parameter was wrong",
    13: "it does not know a command",
    14: "a pose has no solution",
    15: "its Modbus queue is full",
}

MOTORS = {
    10: "current measurement failed",
    11: "over-current",
    12: "over-speed",
    14: "its target is too far away",
    15: "too hot",
    16: "its encoder failed",
    17: "its encoder failed",
    18: "its encoder failed",
    19: "its encoder's battery is empty",
    20: "its driver failed",
    21: "its driver failed",
    22: "its encoder's setting is wrong",
    23: "it does not follow its target",
    26: "it ran over its upper end",
    27: "it ran over its lower end",
    28: "it did not understand a command",
    33: "overload",
    34: "overload",
    35: "its type is wrong",
    36: "its type is wrong",
    39: "over-voltage",
    40: "under-voltage",
    49: "its memory failed",
    52: "its angle could not be found at power-on",
}
"""Errors of one motor, as the report gives them beside errors 10 to 17."""
GRAVE = (11, 15, 16, 17, 18, 33, 34)
"""Errors of a motor with which it must not be moved on: current, heat, a lost encoder, overload."""


def call_words(code: int) -> str:
    """What an answer of the SDK means."""
    return CALLS.get(code, f"answer {code}, which is in no table")


def state_words(state: int) -> str:
    """What a state of the controller means."""
    return STATES.get(state, f"in state {state}, which is in no table")


def error_words(code: int) -> str:
    """A controller error, its number and its meaning."""
    return f"error {code}, {ERRORS[code][0] if code in ERRORS else 'which is in no table'}"


def error_mend(code: int) -> str:
    """What to do about a controller error, a sentence without its full stop."""
    return ERRORS[code][1] if code in ERRORS else f"Look it up in the maker's manual. {SERVICE}"


def warning_words(code: int) -> str:
    """A controller warning, its number and its meaning."""
    return f"warning {code}, {WARNINGS.get(code, 'which is in no table')}"


def motor_words(joints: Sequence[str], servo: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """What is wrong with motors, each named by its joint.

    Args:
        joints: Names, base first.
        servo: (status, code) of each motor; code 0 is none.
    """
    return tuple(
        f"{joint}: {MOTORS.get(code, 'a motor error that is in no table')} (motor error {code})"
        for joint, (_, code) in zip(joints, servo, strict=False)
        if code
    )


def alarm_words(joints: Sequence[str], servo: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Those of `motor_words` with which the arm must not be moved on."""
    return motor_words(joints, [(status, code * (code in GRAVE)) for status, code in servo])
