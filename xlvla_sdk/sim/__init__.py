"""Simulated robots, scenes and pictures of them, in MuJoCo; needs the extra `sim`."""

from xlvla_sdk.sim.camera import SimulatedCamera
from xlvla_sdk.sim.engine import GlPlatform, gl_platform
from xlvla_sdk.sim.film import Film
from xlvla_sdk.sim.hand_view import HandView, hand_camera
from xlvla_sdk.sim.live import LivePage
from xlvla_sdk.sim.parts import starting_posture
from xlvla_sdk.sim.picture import Painter, painter
from xlvla_sdk.sim.robot import MujocoDriver
from xlvla_sdk.sim.simulation import Simulation
from xlvla_sdk.sim.vendor import VendorModel, load_vendor
from xlvla_sdk.sim.world import World, build_world

__all__ = [
    "Film",
    "GlPlatform",
    "HandView",
    "LivePage",
    "MujocoDriver",
    "Painter",
    "SimulatedCamera",
    "Simulation",
    "VendorModel",
    "World",
    "build_world",
    "gl_platform",
    "hand_camera",
    "load_vendor",
    "painter",
    "starting_posture",
]
