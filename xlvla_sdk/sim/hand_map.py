"""A picture of a hand with its fingers coloured and named, and its palm's axes: open and closed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.drawing import DrawnPainter
from xlvla_sdk.sim.engine import load_matplotlib
from xlvla_sdk.sim.hand_view import HandView, hand_camera, world_poses
from xlvla_sdk.specs import HandSpec

COLOURS = {
    "thumb": (0.84, 0.29, 0.24),
    "index": (0.93, 0.62, 0.16),
    "middle": (0.30, 0.65, 0.36),
    "ring": (0.22, 0.49, 0.78),
    "pinky": (0.58, 0.37, 0.72),
}
AXES = {"x: palm faces": "#c0392b", "y": "#1e8449", "z: fingers point": "#2456a6"}
AXIS_M = 0.05
SIZE = 640
ROOM = 1.2
"""How much further away than for the shapes alone, for tips beyond them and names."""


def draw_hand_map(path: Path, spec: HandSpec) -> None:
    """Writes a PNG: the hand in its postures `open` and `fist`, side by side.

    A link belongs to the finger whose tip it carries and no other's; meshes are drawn as their hulls.

    Args:
        path: The file.
        spec: The hand; a posture it does not name is drawn at rest.

    Raises:
        XlvlaError: matplotlib is not installed.
    """
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    postures = {
        title: spec.posture(name) if name in spec.postures else spec.rest
        for title, name in (("open", "open"), ("closed", "fist"))
    }
    camera = hand_camera(spec, np.stack(list(postures.values())))
    camera = replace(camera, distance=ROOM * camera.distance)
    tints = {link: COLOURS[finger] for link, finger in finger_links(spec).items()}
    painter = DrawnPainter(spec, camera, SIZE, "a map needs no OpenGL", tints)
    figure = Figure(figsize=(10.0, 5.3), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    for number, (title, qpos) in enumerate(postures.items()):
        axes = figure.add_axes((0.005 + 0.5 * number, 0.0, 0.49, 0.93))
        axes.imshow(painter.picture(qpos), extent=(-1, 1, -1, 1))
        axes.set_axis_off()
        axes.set_title(title, fontsize=11)
        _label(axes, spec, camera, qpos)
    figure.suptitle(f"{spec.id}: {len(spec.joints)} joints, {len(spec.fingers)} tips", fontsize=12)
    figure.savefig(path, format="png")


def finger_links(spec: HandSpec) -> dict[str, str]:
    """The links that belong to one finger alone, and which: those that moving with it moves."""
    found: dict[str, set[str]] = {}
    for finger, tip in spec.tip_links.items():
        path = spec.model.path(spec.wrist_link, tip)
        first = next(number for number, joint in enumerate(path) if joint.moves)
        for joint in path[first:]:
            found.setdefault(joint.child, set()).add(finger)
    own = {link: fingers.pop() for link, fingers in found.items() if len(fingers) == 1}
    for _ in spec.model.joints:  # what hangs on a finger's link is the finger's
        own |= {j.child: own[j.parent] for j in spec.model.joints.values() if j.parent in own}
    return own


def _label(axes: Any, spec: HandSpec, camera: HandView, qpos: Float[np.ndarray, " D"]) -> None:
    """Names at the tips, and the palm's axes at its origin."""
    poses = world_poses(spec, qpos)
    for number, finger in enumerate(spec.fingers):
        tip = _projected(camera, poses[spec.tip_links[finger]][:3, 3])
        axes.plot(*tip, "o", color=COLOURS[finger], markeredgecolor="black", markersize=6)
        axes.annotate(
            finger,
            tip,
            xytext=(0, 8 + 13 * (number % 2)),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "lw": 0},
        )
    start = _projected(camera, np.zeros(3))
    for (name, colour), end in zip(AXES.items(), AXIS_M * np.eye(3), strict=True):
        tip = _projected(camera, end)
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2.0}
        axes.annotate("", tip, xytext=start, arrowprops=arrow)
        axes.annotate(name, tip, fontsize=9, color=colour, ha="center", va="top")


def _projected(camera: HandView, point: Float[np.ndarray, "3"]) -> tuple[float, float]:
    """Where a point of the world is in the picture, -1 to 1 either way."""
    x, y, depth = camera.to_view(point[None])[0].tolist()
    half = float(np.tan(np.radians(camera.field_of_view / 2.0)))
    return x / (depth * half), y / (depth * half)
