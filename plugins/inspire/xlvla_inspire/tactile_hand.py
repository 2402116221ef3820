"""The tactile RH56 (DFTP): newer geometry, the same six motors, seventeen touch fields."""

from __future__ import annotations

from importlib.resources import files
from math import pi

from xlvla_sdk import HandSpec, Pose, Side

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
VELOCITY = {  # [rad/s]; where each is from: README.md, "Velocities"
    "thumb_1_joint": 4.4,
    "thumb_2_joint": 2.9,
    "index_1_joint": 7.2,
    "middle_1_joint": 7.2,
    "ring_1_joint": 7.2,
    "little_1_joint": 7.2,
}
FIST = {
    "thumb_1_joint": 1.1,
    "thumb_2_joint": 0.15,
    **dict.fromkeys(("index_1_joint", "middle_1_joint", "ring_1_joint", "little_1_joint"), 1.35),
}
PINCH = {"thumb_1_joint": 1.164, "thumb_2_joint": 0.289, "index_1_joint": 0.842}
# Of `palm` in the arm's flange link; README.md, "Mounts". No maker shows one on an xArm.
ON_G1 = {
    Side.RIGHT: Pose(xyz=(0.0415, 0.0, 0.0), rpy=(pi / 2, 0.0, pi / 2)),
    Side.LEFT: Pose(xyz=(0.0415, 0.0, 0.0), rpy=(-pi / 2, 0.0, -pi / 2)),
}


def tactile_hand(side: Side) -> HandSpec:
    """The hand of one side."""
    return HandSpec(
        name="inspire_ftp",
        side=side,
        urdf=files("xlvla_inspire") / "urdf" / f"inspire_ftp_{side}.urdf",
        wrist_link="palm",
        joints=tuple(VELOCITY),
        velocity=VELOCITY,
        tip_links={finger: f"{finger}_tip" for finger in FINGERS},
        mounts={"g1": ON_G1[side]},
        postures={"open": {}, "fist": FIST, "pinch": PINCH},
        source=(
            "origins, couplings, limits and masses of unitreerobotics/unitree_ros d6f13aad6032 (FTP); "
            "every choice is in README.md"
        ),
        license="Apache-2.0",
    )
