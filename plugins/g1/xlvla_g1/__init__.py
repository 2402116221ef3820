"""Unitree G1: the two seven-joint arms of the 29-DoF humanoid, seen from its torso."""

from __future__ import annotations

from importlib.resources import files

from xlvla_sdk import ArmSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
# The torso before a table of 0.74 m; README.md, "Where it stands", says why.
STAND = Pose(xyz=(-0.3, 0.0, 0.1))
JOINTS = (
    "shoulder_pitch_joint",
    "shoulder_roll_joint",
    "shoulder_yaw_joint",
    "elbow_joint",
    "wrist_roll_joint",
    "wrist_pitch_joint",
    "wrist_yaw_joint",
)


def arm(side: Side) -> ArmSpec:
    """One arm, from the torso to the wrist's last link; both arms share one URDF."""
    outward = 1.0 if side is Side.LEFT else -1.0
    # Upper arm back and a little away from the body, forearm forwards: the hands clear what stands
    # on a table, by 0.2 m over it.
    ready = {"shoulder_pitch_joint": 0.5, "shoulder_roll_joint": 0.2 * outward, "elbow_joint": -0.7}
    return ArmSpec(
        name="g1",
        side=side,
        urdf=files(__name__) / "urdf" / "g1_arms.urdf",
        base_link="torso_link",
        flange_link=f"{side}_wrist_yaw_link",
        joints=tuple(f"{side}_{joint}" for joint in JOINTS),
        stands={side: STAND},
        # [rad/s], every joint: what the maker's teleoperation allows. The motors can do 37 and 22.
        velocity=20.0,
        postures={"ready": {f"{side}_{joint}": q for joint, q in ready.items()}},
        source="unitree_ros d6f13aa, g1_29dof_rev_1_0; README.md says what we chose",
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers both arms."""
    for side in Side:
        register(
            arm(side),
            drivers={"dds": "xlvla_g1.driver:G1Driver"},
            emulators={"dds": "xlvla_g1.emulator:G1Emulator"},
        )
