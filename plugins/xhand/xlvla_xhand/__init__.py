"""RobotEra XHAND1: five fingers, twelve motors, no passive joint."""

from __future__ import annotations

from importlib.resources import files
from math import pi

from xlvla_sdk import HandSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
BASE, END = 8.63, 14.38  # [rad/s], the two gearings of the maker's URDF; see README.md
VELOCITY = {
    "thumb_bend_joint": BASE,
    "thumb_rota_joint1": BASE,
    "thumb_rota_joint2": END,
    "index_bend_joint": END,
    "index_joint1": BASE,
    "index_joint2": END,
    "mid_joint1": BASE,
    "mid_joint2": END,
    "ring_joint1": BASE,
    "ring_joint2": END,
    "pinky_joint1": BASE,
    "pinky_joint2": END,
}
CURLED = {
    **{f"{finger}_joint1": 1.55 for finger in ("index", "mid", "ring", "pinky")},
    **{f"{finger}_joint2": 1.75 for finger in ("index", "mid", "ring", "pinky")},
}
RELAXED = {
    "mid_joint1": 0.35,
    "mid_joint2": 0.45,
    "ring_joint1": 0.25,
    "ring_joint2": 0.35,
    "pinky_joint1": 0.15,
    "pinky_joint2": 0.25,
}
FIST = {**CURLED, "thumb_bend_joint": 1.4, "thumb_rota_joint1": 0.6, "thumb_rota_joint2": 1.2}
PINCH = {  # the left thumb's tip is 0.24 mm nearer to its joint: its own numbers
    Side.RIGHT: {
        "thumb_bend_joint": 1.141,
        "thumb_rota_joint1": 0.402,
        "thumb_rota_joint2": 1.391,
        "index_bend_joint": -0.161,
        "index_joint1": 1.144,
        "index_joint2": 1.352,
        **RELAXED,
    },
    Side.LEFT: {
        "thumb_bend_joint": 1.126,
        "thumb_rota_joint1": 0.505,
        "thumb_rota_joint2": 1.272,
        "index_bend_joint": -0.161,
        "index_joint1": 1.061,
        "index_joint2": 1.403,
        **RELAXED,
    },
}

MOUNTS = {  # of `palm` in the arm's flange link; README.md, "Mounts"
    Side.RIGHT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.007)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    },
    Side.LEFT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.007)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(-pi / 2, 0.0, -pi / 2)),
    },
}


def hand(side: Side) -> HandSpec:
    """The hand of one side."""

    def named(values: dict[str, float]) -> dict[str, float]:
        return {f"{side}_hand_{joint}": value for joint, value in values.items()}

    return HandSpec(
        name="xhand",
        side=side,
        urdf=files(__name__) / "urdf" / f"xhand_{side}.urdf",
        wrist_link="palm",
        joints=tuple(named(VELOCITY)),
        velocity=named(VELOCITY),
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        mounts=MOUNTS[side],
        postures={"open": {}, "fist": named(FIST), "pinch": named(PINCH[side])},
        source=(
            "numbers of EmptyBlueBox/DexLatent 502750df34b9 and of the maker's URDF and manual; "
            "every choice is in README.md"
        ),
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers both sides."""
    for side in Side:
        register(
            hand(side),
            drivers={
                "serial": "xlvla_xhand.driver:XHandDriver",
                "sdk": "xlvla_xhand.driver:XHandDriver",
            },
            emulators={
                "serial": "xlvla_xhand.emulator:XHandEmulator",
                "sdk": "xlvla_xhand.emulator:XHandEmulator",
            },
        )
