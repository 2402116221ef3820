"""Simulated hands and their pictures, in MuJoCo; needs the extra `sim`."""

from xlvla_sdk.sim.camera import Camera, hand_camera
from xlvla_sdk.sim.engine import GlPlatform, gl_platform
from xlvla_sdk.sim.picture import Painter, painter
from xlvla_sdk.sim.robot import MujocoDriver
from xlvla_sdk.sim.world import World, build_world, starting_posture

__all__ = [
    "Camera",
    "GlPlatform",
    "MujocoDriver",
    "Painter",
    "World",
    "build_world",
    "gl_platform",
    "hand_camera",
    "painter",
    "starting_posture",
]
