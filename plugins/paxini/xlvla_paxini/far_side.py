"""What runs beside the maker's SDK, in a process and a Python of its own.

It imports `pxdex` and the standard library, and nothing newer than Python 3.6. Every function gives
a pair: its value, and how many questions to the SDK it had to put again. Angles are radians, in the
SDK's order: index, middle, ring, thumb, four joints each.

Source: names, order and start-up as in the SDK's example (alfredWu939/TacControl 8888f36f6825,
`src/tacctrl/hardware/dexh13_example.py`) and in eee336/leUr5 2b177e3cfbb7.
"""

import functools
import sys

from pxdex.dh13 import ControlMode, DexH13Control  # pyright: ignore[reportMissingImports]

TRIES = 3
NO_CAMERA = "none"  # activeHandy takes this where no camera is used
LEFT = 1  # what activeHandy says of a left hand; anything else is a right one


class Hand:
    """The SDK's control, once connected, and how often it was asked again."""

    control = None
    again = 0


def counted(function):
    """Gives a function's value and how often the SDK was asked again in it."""

    @functools.wraps(function)
    def wrapped(*arguments):
        before = Hand.again
        value = function(*arguments)
        return [value, Hand.again - before]

    return wrapped


def ask(name, *arguments):
    """Calls the SDK, up to three times while it raises: reads, settings, and absolute targets."""
    if Hand.control is None:
        raise RuntimeError("the hand is not connected")
    tried = 0
    while True:
        try:
            return getattr(Hand.control, name)(*arguments)
        except Exception as error:
            tried += 1
            if tried == TRIES:
                raise RuntimeError("%s: %s" % (name, error)) from error  # noqa: UP031
            Hand.again += 1


def do(name, *arguments):
    """Calls what answers True, or 1, when it was done."""
    if not ask(name, *arguments):
        raise RuntimeError(name + " says that it failed")


@counted
def connect(port):
    """Takes hold of the hand; nothing moves, and motors stay as they are."""
    Hand.control = DexH13Control()
    side = Hand.control.activeHandy(port, NO_CAMERA)
    if not ask("isConnectHandy"):
        raise RuntimeError("isConnectHandy says that there is no hand")
    return {
        "side": "left" if side == LEFT else "right",
        "firmware": str(ask("getFirmwareVersion")),
        "sdk": str(ask("getSDKVersion")),
        "powered": powered(),
    }


@counted
def read(with_touch, with_current):
    """Everything measured; what is not asked for is None."""
    return {
        "radians": [float(angle) for angle in ask("getJointPositionsRadian")],
        "enabled": bool(ask("isMotorEnabled")),
        "faults": faults(),
        "touch": [[p.x, p.y, p.z] for p in ask("getFingerTactile")] if with_touch else None,
        "current": [float(i) for i in ask("getMotorActualCurrent")] if with_current else None,
    }


@counted
def move(radians):
    """Sends a target."""
    do("setJointPositionsRadian", radians)


@counted
def take(radians):
    """Clears faults, then powers the motors in position mode, at the posture they stand in.

    Gives the faults that it cleared. The mode can be set only while the motors are off; motors
    that are on in this mode already stay on.
    """
    cleared = faults()
    if cleared:
        do("clearFaultCode")
    if not powered():
        ask("disableMotor")
        do("setMotorControlMode", ControlMode.POSITION_CONTROL_MODE)
        try:  # whether a target is taken while they are off is not documented
            ask("setJointPositionsRadian", radians)
        except Exception as error:
            print(error, file=sys.stderr)  # noqa: T201
        do("enableMotor")
        if not ask("isMotorEnabled"):
            raise RuntimeError("isMotorEnabled says no after enableMotor")
    do("setJointPositionsRadian", radians)
    return cleared


@counted
def disable():
    """Takes the motors' power; the fingers go limp."""
    do("disableMotor")


@counted
def home():
    """Finds the motors' zero: all fingers move. Asked once only, it is no absolute target."""
    if Hand.control is None or Hand.control.initMotorPosition() != 1:
        raise RuntimeError("initMotorPosition says that it failed")


def powered():
    """Whether the motors are on, in position mode."""
    position = ControlMode.POSITION_CONTROL_MODE
    return bool(ask("isMotorEnabled") and ask("getMotorControlMode") == position)


def faults():
    """Pairs of motor and code, a code by its name where it has one."""
    if not ask("isFault"):
        return []
    found = [(int(error.motor_ID), error.error_code) for error in ask("getFaultCode")]
    return [[motor, code.name if hasattr(code, "name") else int(code)] for motor, code in found]


def end():
    """Lets go of the hand; its motors stay as they are."""
    if Hand.control is not None:
        Hand.control.disconnectHandy()
