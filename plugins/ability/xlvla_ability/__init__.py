"""PSYONIC Ability Hand: five fingers, six motors."""

from __future__ import annotations

from importlib.resources import files
from math import pi

from xlvla_sdk import HandSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
FLEXION = 8.0677777442  # [rad/s], the maker's URDF at 34c9a9324d37, fingers and thumb flexor
ROTATION = 8.7  # [rad/s], 100 degrees in the 0.2 s of the fastest grip, ICD 1.8; see README.md

POSTURES = {
    "open": {},
    "fist": {
        "thumb_q1": -1.5,
        "thumb_q2": 0.95,
        **dict.fromkeys(("index_q1", "middle_q1", "ring_q1", "pinky_q1"), 1.6),
    },
    "pinch": {"thumb_q1": -1.346, "thumb_q2": 1.049, "index_q1": 0.914},
}

MOUNTS = {  # of `palm` in the arm's flange link; README.md, "Mounts"
    Side.RIGHT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.018)),
        "g1": Pose(xyz=(0.0415, -0.003, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    },
    Side.LEFT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.018)),
        "g1": Pose(xyz=(0.0415, -0.003, 0.0), rpy=(-pi / 2, 0.0, -pi / 2)),
    },
}


def hand(side: Side) -> HandSpec:
    """The hand of one side."""
    return HandSpec(
        name="ability",
        side=side,
        urdf=files(__name__) / "urdf" / f"ability_{side}.urdf",
        wrist_link="palm",
        joints=("thumb_q1", "thumb_q2", "index_q1", "middle_q1", "ring_q1", "pinky_q1"),
        velocity={
            "thumb_q1": ROTATION,
            "thumb_q2": FLEXION,
            **dict.fromkeys(("index_q1", "middle_q1", "ring_q1", "pinky_q1"), FLEXION),
        },
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        mounts=MOUNTS[side],
        postures=POSTURES,
        source=(
            "numbers of psyonicinc/ability-hand-api 34c9a9324d37 and EmptyBlueBox/DexLatent "
            "502750df34b9; every choice is in README.md"
        ),
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers both sides."""
    for side in Side:
        register(
            hand(side),
            drivers={"serial": "xlvla_ability.driver:AbilityDriver"},
            emulators={"serial": "xlvla_ability.emulator:AbilityEmulator"},
        )
