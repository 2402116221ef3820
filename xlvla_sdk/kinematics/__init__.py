"""From qpos to frames: numpy here, torch in `xlvla_sdk.kinematics.model`."""

from xlvla_sdk.kinematics.arm import ArmKinematics, arm_kinematics
from xlvla_sdk.kinematics.fk import link_pose, link_poses
from xlvla_sdk.kinematics.palm import find_palm, with_palm_found
from xlvla_sdk.kinematics.screws import HandKinematics, hand_kinematics, shared_kinematics

__all__ = [
    "ArmKinematics",
    "HandKinematics",
    "arm_kinematics",
    "find_palm",
    "hand_kinematics",
    "link_pose",
    "link_poses",
    "shared_kinematics",
    "with_palm_found",
]
