"""The far side of the maker's package: runs under the Python that has `xhand_controller`.

It imports the standard library and that package alone, and runs on Python 3.6 and later; nothing
here may be newer than that. What the package says no to comes back as a value, number and all.
`sdk.py` is its other end.

Source: the package's bindings 0.10.3 (yoimika/xhand_control_python@0aed6d4) and their use with
1.1.7 (jefferzn2001/XhandControl@f244afd).
"""

import base64
import struct

from xhand_controller import xhand_control  # pyright: ignore[reportMissingImports]

BAUD = 3000000
PALM = 0x80
SENSORS = 0x11
DEVICE = xhand_control.XHandControl()
COMMAND = xhand_control.HandCommand_t()


class Refused(Exception):
    """The package said no."""

    def __init__(self, what, error):
        Exception.__init__(self, what)
        self.value = {
            "refused": what,
            "error": int(error.error_code),
            "message": str(error.error_message),
        }


def guarded(call):
    """A function whose refusals are values."""

    def answer(*arguments):
        try:
            return call(*arguments)
        except Refused as refused:
            return refused.value

    return answer


def granted(what, error):
    """Raises unless the package says that all is well."""
    if error.error_code != 0:
        raise Refused(what, error)


@guarded
def open_hand(place, hand):
    """Opens a port (a path) or an EtherCAT interface, and says which hands are there."""
    if place.startswith("/"):
        granted("open_serial", DEVICE.open_serial(place, BAUD))
    else:
        granted("open_ethercat", DEVICE.open_ethercat(place))
    hands = [int(there) for there in DEVICE.list_hands_id()]
    if hand not in hands:
        return {"hands": hands}
    error, side = DEVICE.get_hand_type(hand)
    granted("get_hand_type", error)
    error, serial = DEVICE.get_serial_number(hand)
    granted("get_serial_number", error)
    error, version = DEVICE.read_version(hand, PALM + hand)
    granted("read_version", error)
    return {"hands": hands, "side": side, "serial": serial, "firmware": version}


@guarded
def move(hand, positions, gains, mode):
    """Commands all joints, then reads the state anew; 2208 bytes as base64."""
    kp, ki, kd, torque = gains
    for joint in range(12):
        wanted = COMMAND.finger_command[joint]
        wanted.id = joint
        wanted.kp, wanted.ki, wanted.kd = kp, ki, kd
        wanted.position = positions[joint]
        wanted.tor_max = torque
        wanted.mode = mode
    granted("send_command", DEVICE.send_command(hand, COMMAND))
    error, state = DEVICE.read_state(hand, True)  # not what was cached: it may be old
    granted("read_state", error)
    return {"state": base64.b64encode(packed(state)).decode()}


@guarded
def zero_touch(hand, finger):
    """Zeroes a fingertip."""
    granted("reset_sensor", DEVICE.reset_sensor(hand, SENSORS + finger))
    return {}


def end():
    """Closes the device; the hand keeps its last target."""
    DEVICE.close_device()


def packed(state):
    """A state as the bytes that it has on RS485."""
    joints = b"".join(joint_bytes(joint) for joint in state.finger_state)
    return joints + b"".join(sensor_bytes(sensor) for sensor in state.sensor_data)


def joint_bytes(joint):
    """One joint's 24 bytes."""
    return struct.pack(
        "<BBfHHHHHHHHH",
        joint.id,
        joint.sensor_id,
        joint.position,
        joint.torque,
        joint.raw_position,
        joint.temperature,
        joint.commboard_err,
        joint.jonitboard_err,  # the package spells it so
        joint.tipboard_err,
        joint.default5,
        joint.default6,
        joint.default7,
    )


def sensor_bytes(sensor):
    """One fingertip's 384 bytes."""
    forces = [sensor.calc_force] + list(sensor.raw_force)  # noqa: RUF005
    flat = b"".join(struct.pack("<bbB", force.fx, force.fy, force.fz) for force in forces)
    return flat + bytes(sensor.temperature) + bytes([sensor.calc_temperature])
