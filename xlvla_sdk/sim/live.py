"""LivePage: a simulation in 3D, in a browser, while it runs."""

from __future__ import annotations

from collections import defaultdict
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.sim.bodies import COLLIDING
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.facets import facets
from xlvla_sdk.sim.shapes import Primitive
from xlvla_sdk.sim.simulation import Simulation

HOST, PORT = "127.0.0.1", 8080
RATE_HZ = 20.0
"""How often the page is told where everything is, in simulated time."""


class LivePage:
    """Serves a page that shows a simulation; a context manager.

    Args:
        simulation: Shown from now on, at 20 Hz of its time.
        port: Where; the next free one is taken when it is in use.

    Attributes:
        url: What to open in a browser on this machine.

    Raises:
        XlvlaError: viser is not installed, naming the extra.
    """

    def __init__(self, simulation: Simulation, port: int = PORT) -> None:
        self._simulation = simulation
        viser = _load_viser()
        with redirect_stdout(StringIO()):  # its banner; stdout is for results
            self._server: Any = viser.ViserServer(host=HOST, port=port)
        self.url = f"http://{HOST}:{self._server.get_port()}"
        self._server.scene.set_up_direction("+z")
        self._frames = self._built()
        simulation.watch(RATE_HZ, self.show)

    def show(self) -> None:
        """Tells the page where everything is now."""
        data = self._simulation.data
        if self._server is None:
            return
        with self._server.atomic():
            for body, frame in self._frames.items():
                frame.position, frame.wxyz = data.xpos[body].copy(), data.xquat[body].copy()

    def close(self) -> None:
        """Ends the page; may be called twice."""
        if self._server is not None:
            with redirect_stdout(StringIO()):
                self._server.stop()
            self._frames = {}
        self._server = None

    def __enter__(self) -> LivePage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _built(self) -> dict[int, Any]:
        """A frame for every body that has shapes, with a mesh for each of its colours."""
        scene, model = self._server.scene, self._simulation.world.model
        frames = {}
        for body, colours in surfaces(model).items():
            name = f"/{body}"
            frames[body] = scene.add_frame(name, show_axes=False)
            for number, (rgba, corners) in enumerate(colours.items()):
                vertices, faces = _triangles(corners)
                rgb = tuple(round(255 * value) for value in rgba[:3])
                opacity = None if rgba[3] >= 1.0 else rgba[3]
                scene.add_mesh_simple(
                    f"{name}/{number}",
                    vertices,
                    faces,
                    color=rgb,
                    opacity=opacity,
                    flat_shading=True,
                    side="double",
                )
        return frames


def surfaces(
    model: Any,
) -> dict[int, dict[tuple[float, ...], Float[np.ndarray, "N 4 3"]]]:
    """What is drawn of every body of a model, by colour, as facets in the body's frame [m]."""
    found: dict[int, dict[tuple[float, ...], list[np.ndarray]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for geom in range(model.ngeom):
        if model.geom_group[geom] == COLLIDING:
            continue
        T, surface = _surface(model, geom)
        rgba = tuple(float(value) for value in model.geom_rgba[geom])
        found[int(model.geom_bodyid[geom])][rgba].append(surface @ T[:3, :3].T + T[:3, 3])
    return {
        body: {rgba: np.concatenate(parts) for rgba, parts in colours.items()}
        for body, colours in found.items()
    }


def _surface(model: Any, geom: int) -> tuple[np.ndarray, Float[np.ndarray, "N 4 3"]]:
    """A geom's pose in its body, and its facets there; a mesh's facets have two corners in one."""
    mujoco = load_mujoco()
    T, rotation = np.eye(4), np.empty(9)
    mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
    T[:3, :3], T[:3, 3] = rotation.reshape(3, 3), model.geom_pos[geom]
    if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_MESH:
        return T, facets(_primitive(model, geom, T))
    mesh = model.geom_dataid[geom]
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    at, faces = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
    corners = model.mesh_vert[first : first + count][model.mesh_face[at : at + faces]]
    return T, corners[:, [0, 1, 2, 2]].astype(float)


def _primitive(model: Any, geom: int, T: np.ndarray) -> Primitive:
    kinds = load_mujoco().mjtGeom
    first, second, third = (float(size) for size in model.geom_size[geom])
    match int(model.geom_type[geom]):
        case kinds.mjGEOM_BOX:
            return Primitive("box", T, (2 * first, 2 * second, 2 * third))
        case kinds.mjGEOM_SPHERE:
            return Primitive("sphere", T, (first,))
        case kinds.mjGEOM_CAPSULE:
            return Primitive("capsule", T, (first, 2 * second))
        case _:
            return Primitive("cylinder", T, (first, 2 * second))


def _triangles(corners: Float[np.ndarray, "N 4 3"]) -> tuple[np.ndarray, np.ndarray]:
    first = 4 * np.arange(len(corners))[:, None]
    faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    return corners.reshape(-1, 3), faces


def _load_viser() -> Any:
    try:
        return import_module("viser")
    except ImportError as error:
        raise XlvlaError(
            f"a live page needs viser, which does not load here ({error}). "
            "Install it with `pip install 'xlvla-sdk[view]'`."
        ) from error
