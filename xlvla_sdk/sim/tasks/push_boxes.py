"""Push two boxes of sugar together."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.things import BOX_SIZE, WHITE, box

BOXES = ("yellow_box", "white_box")
OUTER = float(np.hypot(*BOX_SIZE[:2])) / 2.0
"""From a box's middle to the furthest point of its footprint [m]."""
APART = 0.05
"""Between the circles around both footprints where they begin, at the least [m]."""
TOGETHER = 0.005
"""Between the boxes that stand together, at the most [m]."""
UPRIGHT = 0.05
"""How far a box that stands may lean [rad]; at 0.21 it falls over."""


def reset(seed: int) -> Poses:
    """Both boxes upright, apart, turned at random."""
    return scattered(seed, dict.fromkeys(BOXES, OUTER), REACH, APART)


def success(state: SceneState) -> bool:
    """Both stand on the table, side by side, at rest, and nobody holds them."""
    first, second = (state[name] for name in BOXES)
    standing = all(
        box.tilt < UPRIGHT and box.rests() and "table" in box.touches and ROBOT not in box.touches
        for box in (first, second)
    )
    return standing and gap(first.T_task_thing, second.T_task_thing) < TOGETHER


def gap(first: Float[np.ndarray, "4 4"], second: Float[np.ndarray, "4 4"]) -> float:
    """Between the footprints of two upright boxes that do not overlap [m].

    Of two such rectangles a corner of one is nearest to the other.
    """
    return min(_nearest_corner(first, second), _nearest_corner(second, first))


def _nearest_corner(corners_of: np.ndarray, T_task_box: np.ndarray) -> float:
    half = np.array(BOX_SIZE[:2]) / 2.0
    signs = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    corners = (signs * half) @ corners_of[:2, :2].T + corners_of[:2, 3]
    own = (corners - T_task_box[:2, 3]) @ T_task_box[:2, :2]
    return float(np.linalg.norm(np.maximum(np.abs(own) - half, 0.0), axis=1).min())


PUSH_BOXES = Task(
    name="push-boxes",
    scene=Scene("boxes", (*FURNITURE, box(BOXES[0]), box(BOXES[1], colour=WHITE))),
    instruction="push the two sugar boxes together",
    paraphrases=(
        "push the boxes of sugar against each other",
        "bring both sugar boxes side by side so that they touch",
        "slide one sugar box up to the other",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
