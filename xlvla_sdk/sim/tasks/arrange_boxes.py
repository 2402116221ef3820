"""Re-arrange boxes: a tall and a short one, stood on a line in this order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.task import Area, Poses, Task, scattered
from xlvla_sdk.sim.tasks.push_boxes import OUTER
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import RED, carton, strip

HEIGHTS = {"tall_box": 0.175, "short_box": 0.125}
"""The boxes from the left to the right of the row, and their heights [m]: the tall one is YCB 004,
the other as wide and deep."""
LINE = "line"
LINE_X, LINE_Y = 0.07, 0.0
"""Middle of the painted line [m]: an xArm 7 lifts its hand off a tall box there before it is stretched (its
fourth joint at 2.74 rad). Beyond that the elbow comes back bent the wrong way, to that joint's limit.
"""
LINE_WIDTH, LINE_LENGTH = 0.02, 0.30
"""Its width along x and its length along y [m]."""
OFF_LINE = 0.03
"""How far before or behind the line a box's middle may be [m]."""
UPRIGHT = 0.05
"""How far a box that stands may lean [rad]."""
BEGINS = Area(x=(-0.10, -0.05), y=(-0.16, 0.16))
"""Where their middles may begin [m]: before the line, where a hand can come at either of a box's
broad sides."""
APART = 0.03
"""Between the circles around any two where they begin, at the least [m]."""


def reset(seed: int) -> Poses:
    """Both upright before the line, anyhow."""
    return scattered(seed, dict.fromkeys(HEIGHTS, OUTER), BEGINS, APART)


def success(state: SceneState) -> bool:
    """Both stand on the line, apart, the taller one further left; nobody holds them."""
    boxes = [state[name] for name in HEIGHTS]
    ordered = all(left.position[1] > right.position[1] for left, right in pairwise(boxes))
    return ordered and all(map(_stands_on_line, boxes))


def _stands_on_line(box: ThingState) -> bool:
    x, y, _ = np.abs(box.position - (LINE_X, LINE_Y, 0.0)).tolist()
    near = x < OFF_LINE and y < LINE_LENGTH / 2.0
    return near and box.tilt < UPRIGHT and box.rests() and box.touches == {"table"}


ARRANGE_BOXES = Task(
    name="arrange-boxes",
    scene=Scene(
        "boxes and line",
        (
            *FURNITURE,
            strip(LINE, LINE_WIDTH, LINE_LENGTH, T_task_thing=standing(LINE_X, LINE_Y)),
            carton("tall_box", HEIGHTS["tall_box"]),
            carton("short_box", HEIGHTS["short_box"], colour=RED),
        ),
    ),
    instruction="stand both boxes on the line, the tall one on the left",
    paraphrases=(
        "re-arrange the boxes on the green line, from left to right tall and short",
        "put the two boxes on the line, the short one on the right",
        "sort the boxes by height along the line, tall ones left",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
