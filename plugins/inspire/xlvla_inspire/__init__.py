"""Inspire Robots RH56: DFX and DFQ, and the tactile DFTP; five fingers, six motors, twelve joints."""

from __future__ import annotations

from importlib.resources import files
from math import pi

from xlvla_inspire.tactile_hand import tactile_hand
from xlvla_sdk import HandSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
WIRES: tuple[str, ...] = ("serial", "modbus-rtu", "modbus-tcp")
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
VELOCITY = {  # [rad/s]; where each is from: README.md, "Velocities"
    "thumb_proximal_yaw_joint": 5.0,
    "thumb_proximal_pitch_joint": 3.0,
    "index_proximal_joint": 7.4,
    "middle_proximal_joint": 7.4,
    "ring_proximal_joint": 7.4,
    "pinky_proximal_joint": 7.4,
}

FIST = {
    "thumb_proximal_yaw_joint": 1.25,
    "thumb_proximal_pitch_joint": 0.18,
    **dict.fromkeys([f"{finger}_proximal_joint" for finger in FINGERS[1:]], 1.4),
}
# The sides' thumbs differ, so their pinches do.
PINCH_YAW = {Side.RIGHT: 1.169, Side.LEFT: 1.282}
PINCH_INDEX = {Side.RIGHT: 0.828, Side.LEFT: 0.825}
MOUNTS = {  # of `palm` in the arm's flange link; README.md, "Mounts"
    Side.RIGHT: {
        "xarm7": Pose(xyz=(0.006, 0.0, 0.023)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    },
    Side.LEFT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.023)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(-pi / 2, 0.0, -pi / 2)),
    },
}


def hand(side: Side) -> HandSpec:
    """The hand of one side."""
    pinch = {
        "thumb_proximal_yaw_joint": PINCH_YAW[side],
        "thumb_proximal_pitch_joint": 0.304,
        "index_proximal_joint": PINCH_INDEX[side],
    }
    return HandSpec(
        name="inspire",
        side=side,
        urdf=files(__name__) / "urdf" / f"inspire_{side}.urdf",
        wrist_link="palm",
        joints=tuple(VELOCITY),
        velocity=VELOCITY,
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        mounts=MOUNTS[side],
        postures={"open": {}, "fist": FIST, "pinch": pinch},
        source=(
            "origins and masses of unitreerobotics/unitree_ros d6f13aad6032 (DFQ); couplings, limits "
            "and tips as EmptyBlueBox/DexLatent 502750df34b9 states them; every choice is in README.md"
        ),
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers both hands, both sides."""
    drivers = dict.fromkeys(WIRES, "xlvla_inspire.driver:InspireDriver")
    emulators = dict.fromkeys(WIRES, "xlvla_inspire.emulator:InspireEmulator")
    for make in (hand, tactile_hand):
        for side in Side:
            register(make(side), drivers=drivers, emulators=emulators)
