"""Draws a hand with matplotlib, where no OpenGL loads: the same solids, the same camera and light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from xlvla_sdk.sim.engine import load_matplotlib
from xlvla_sdk.sim.facets import facets, normals
from xlvla_sdk.sim.hand_view import HandView, world_poses
from xlvla_sdk.sim.picture import Painter
from xlvla_sdk.sim.shapes import drawn
from xlvla_sdk.sim.stage import AMBIENT, BACKGROUND, LIGHTS
from xlvla_sdk.specs import HandSpec

DETAILED = 300
"""Pictures smaller than this [px] get fewer facets; that halves their time."""


class DrawnPainter(Painter):
    """Facets sorted by depth and shaded one by one.

    Args:
        spec: The hand.
        camera: Where from.
        size: Width and height of its pictures [px].
        reason: Why OpenGL is not used, and what mends it.
        tints: Colours of links that are not drawn in their own.
    """

    def __init__(
        self,
        spec: HandSpec,
        camera: HandView,
        size: int,
        reason: str,
        tints: Mapping[str, tuple[float, float, float]] | None = None,
    ) -> None:
        load_matplotlib()
        self.how = f"drawn with matplotlib: {reason}"
        self._spec = spec
        self._camera = camera
        self._size = size
        around = 20 if size >= DETAILED else 12
        given = tints or {}
        self._parts = [
            (
                link,
                primitive.T_link_shape,
                facets(primitive, around),
                given.get(link, primitive.rgba[:3]),
            )
            for link, primitives in drawn(spec.model).items()
            for primitive in primitives
        ]

    def picture(self, qpos: Float[np.ndarray, " D"]) -> UInt8[np.ndarray, "H H 3"]:
        corners, colours = self._lit(qpos)
        view = self._camera.to_view(corners)
        facing = _facing(view)
        order = np.argsort(-view[facing, :, 2].mean(axis=1), kind="stable")
        flat = view[facing][order]
        half = np.tan(np.radians(self._camera.field_of_view / 2.0))
        return self._painted(flat[..., :2] / (flat[..., 2:] * half), colours[facing][order])

    def _lit(self, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every facet's corners in the world, and its colour under the stage's lights."""
        poses = world_poses(self._spec, qpos)
        corners, colours = [], []
        for link, T_link_shape, surface, rgb in self._parts:
            if link in poses:
                T = poses[link] @ T_link_shape
                corners.append(surface @ T[:3, :3].T + T[:3, 3])
                colours.append(np.broadcast_to(rgb, (len(surface), 3)))
        everywhere = np.concatenate(corners)
        brightness = np.full(len(everywhere), AMBIENT)
        outward = normals(everywhere)
        for direction, strength in LIGHTS:
            towards = -np.array(direction) / np.linalg.norm(direction)
            brightness += strength * np.clip(outward @ towards, 0.0, None)
        return everywhere, np.clip(np.concatenate(colours) * brightness[:, None], 0.0, 1.0)

    def _painted(self, outlines: np.ndarray, colours: np.ndarray) -> np.ndarray:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.collections import PolyCollection
        from matplotlib.figure import Figure

        figure = Figure(figsize=(1.0, 1.0), dpi=self._size, facecolor=BACKGROUND)
        canvas: Any = FigureCanvasAgg(figure)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(-1.0, 1.0)
        axes.set_ylim(-1.0, 1.0)
        # An edge of the facet's own colour covers the hairline between neighbours.
        width = 40.0 / self._size
        axes.add_collection(
            PolyCollection(list(outlines), facecolors=colours, edgecolors=colours, linewidths=width)
        )
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _facing(view: Float[np.ndarray, "N 4 3"]) -> np.ndarray:
    """Which facets turn their outside to the camera."""
    flat = view[..., :2] / view[..., 2:]
    across, along = flat[:, 2] - flat[:, 0], flat[:, 3] - flat[:, 1]
    return across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0] > 1e-12
