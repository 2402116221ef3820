"""UFACTORY xArm 7: seven revolute joints, a flange that carries a hand."""

from __future__ import annotations

from importlib.resources import files

from xlvla_sdk import ArmSpec, Pose, Side, hookimpl
from xlvla_sdk.hookspecs import Register

PLUGIN_API = (1, 0)
STANDS = {  # two arms side by side, looking over the table; README.md, "Where it stands", says why
    Side.RIGHT: Pose(xyz=(-0.45, -0.3, 0.02)),
    Side.LEFT: Pose(xyz=(-0.45, 0.3, 0.02)),
}


def arm() -> ArmSpec:
    """The arm, from its base to its tool flange."""
    return ArmSpec(
        name="xarm7",
        urdf=files(__name__) / "urdf" / "xarm7.urdf",
        base_link="link_base",
        flange_link="link7",
        joints=("joint1", "joint2", "joint3", "joint4", "joint5", "joint6", "joint7"),
        velocity=3.14,  # [rad/s], 180 degrees/s: the maker's description, every joint
        stands=STANDS,
        # The flange 0.43 m before the base and 0.35 m above its foot, pointing down.
        postures={"ready": {"joint2": -0.1, "joint4": 0.9, "joint6": 1.0}},
        source="DexLatent 502750d, xArm-Python-SDK d911319; README.md says which is whose",
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register: Register) -> None:
    """Offers the arm."""
    register(
        arm(),
        drivers={"tcp": "xlvla_xarm.driver:XArm7Driver"},
        emulators={"tcp": "xlvla_xarm.emulator:XArm7Emulator"},
    )
