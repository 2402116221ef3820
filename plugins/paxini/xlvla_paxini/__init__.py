"""PaXini DexH13: four fingers (no pinky), sixteen joints, thirteen of them driven."""

from __future__ import annotations

from importlib.resources import files
from math import pi

from xlvla_sdk import HandSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
FINGERS = ("thumb", "index", "middle", "ring")
ORDER = ("index", "middle", "ring", "thumb")
"""The fingers in the order of the joints, which is the maker's."""
PASSIVE = ("index_joint_3", "middle_joint_3", "ring_joint_3")
"""Joints that follow their neighbours on the real hand by a rule the maker has not published."""
VELOCITY = 2.0  # [rad/s], from one full closing and opening in 1.5 s; see README.md

# The four joints of a finger, its base first [rad].
FIST = {
    "index": (0.0, 1.5, 1.5, 1.2),
    "middle": (0.0, 1.5, 1.5, 1.2),
    "ring": (0.0, 1.5, 1.5, 1.2),
    "thumb": (-0.2, 1.5, 0.9, 1.5),
}
RELAXED = {"middle": (0.0, 0.35, 0.4, 0.3), "ring": (0.0, 0.21, 0.24, 0.18)}
PINCH = {  # the left thumb stands 6 mm nearer to the palm: its own numbers
    Side.RIGHT: {
        "index": (-0.015, 0.682, 0.932, 1.085),
        "thumb": (-0.125, 1.334, 0.754, 1.355),
        **RELAXED,
    },
    Side.LEFT: {
        "index": (-0.096, 0.686, 0.933, 1.095),
        "thumb": (-0.004, 1.428, 0.757, 1.39),
        **RELAXED,
    },
}
PALM_RPY = {Side.RIGHT: (0.0, 0.0, 0.0), Side.LEFT: (0.0, 0.0, pi)}
"""The left root frame, the source's, has the palm at -x: half a turn about z brings it to +x."""

MOUNTS = {  # of `palm` in the arm's flange link; README.md, "Mounts". The left root is turned.
    Side.RIGHT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.018)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    },
    Side.LEFT: {
        "xarm7": Pose(xyz=(0.0, 0.0, 0.018), rpy=(0.0, 0.0, pi)),
        "g1": Pose(xyz=(0.0415, 0.0, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    },
}


def hand(side: Side) -> HandSpec:
    """The hand of one side."""

    def named(fingers: dict[str, tuple[float, ...]]) -> dict[str, float]:
        return {
            f"{side}_{finger}_joint_{number}": value
            for finger, values in fingers.items()
            for number, value in enumerate(values)
        }

    return HandSpec(
        name="paxini",
        side=side,
        urdf=files(__name__) / "urdf" / f"paxini_{side}.urdf",
        wrist_link="palm",
        joints=tuple(f"{side}_{finger}_joint_{number}" for finger in ORDER for number in range(4)),
        velocity=VELOCITY,
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        palm_rpy=PALM_RPY[side],
        mounts=MOUNTS[side],
        postures={"open": {}, "fist": named(FIST), "pinch": named(PINCH[side])},
        source=(
            "numbers of EmptyBlueBox/DexLatent 502750df34b9 and eee336/leUr5 2b177e3cfbb7; "
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
            drivers={"sdk": "xlvla_paxini.driver:PaxiniDriver"},
            emulators={"sdk": "xlvla_paxini.emulator:PaxiniEmulator"},
        )
