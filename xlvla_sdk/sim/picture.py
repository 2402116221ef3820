"""Pictures of a hand's postures: rendered where OpenGL loads, drawn with matplotlib elsewhere."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from xlvla_sdk.sim.engine import MEND, gl_platform, load_mujoco
from xlvla_sdk.sim.hand_view import HandView
from xlvla_sdk.sim.world import World

log = logging.getLogger(__name__)


class Painter(ABC):
    """Makes square pictures of one hand, all from the same camera. A context manager.

    Attributes:
        how: How the pictures are made, in words a reader of the output can use.
    """

    how: str

    @abstractmethod
    def picture(self, qpos: Float[np.ndarray, " D"]) -> UInt8[np.ndarray, "H H 3"]:
        """The hand in a posture [rad, m]; mimic joints follow exactly."""

    def close(self) -> None:
        """Frees what the painter holds; may be called twice."""
        return

    def __enter__(self) -> Painter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class GlPainter(Painter):
    """Renders with OpenGL through MuJoCo; no shadows, which cost much and hide fingers."""

    def __init__(self, world: World, camera: HandView, size: int) -> None:
        mujoco = load_mujoco()
        self.how = f"rendered with OpenGL ({gl_platform().name or 'window system'})"
        self._mujoco = mujoco
        self._world = world
        self._data = mujoco.MjData(world.model)
        world.model.vis.global_.fovy = camera.field_of_view
        self._camera = _mujoco_camera(mujoco, camera)
        self._renderer: Any = mujoco.Renderer(world.model, size, size, max_geom=1000)
        self._renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0

    def picture(self, qpos: Float[np.ndarray, " D"]) -> UInt8[np.ndarray, "H H 3"]:
        self._world.place(self._data, qpos)
        self._mujoco.mj_kinematics(self._world.model, self._data)
        self._mujoco.mj_camlight(self._world.model, self._data)
        self._renderer.update_scene(self._data, self._camera)
        return self._renderer.render()

    def close(self) -> None:
        # Left to the interpreter's exit, the renderer would free itself after EGL is gone.
        self._renderer.close()


def painter(world: World, camera: HandView, size: int) -> Painter:
    """The best painter this machine has; a log line says so when it is not OpenGL.

    Args:
        world: The hand to paint.
        camera: Where from.
        size: Width and height of its pictures [px].
    """
    platform = gl_platform()
    reason = platform.reason
    if platform.name is not None:
        try:
            return GlPainter(world, camera, size)
        except Exception as error:  # each platform has its own ways to fail
            reason = f"OpenGL fails here ({error}); {MEND}"
    from xlvla_sdk.sim.drawing import DrawnPainter

    _say_once(reason)
    return DrawnPainter(world.embodiment.hands[0], camera, size, reason)


@cache
def _say_once(reason: str) -> None:
    log.warning("pictures are drawn with matplotlib: %s", reason)


def _mujoco_camera(mujoco: Any, camera: HandView) -> Any:
    free = mujoco.MjvCamera()
    free.type = mujoco.mjtCamera.mjCAMERA_FREE
    free.lookat[:] = camera.lookat
    free.distance = camera.distance
    free.azimuth = camera.azimuth
    free.elevation = camera.elevation
    return free
