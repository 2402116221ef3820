"""Push two cans together."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.things import BLUE, CAN_RADIUS, can

CANS = ("red_can", "blue_can")
APART = 0.10
"""Between the cans where they begin, at the least [m]: no nudge closes it."""
TOGETHER = 0.005
"""Between the cans that stand together, at the most [m]."""
UPRIGHT = 0.05
"""How far a can that stands may lean [rad]; at 0.52 it falls over."""


def reset(seed: int) -> Poses:
    """Both cans upright, apart."""
    return scattered(seed, dict.fromkeys(CANS, CAN_RADIUS), REACH, APART)


def success(state: SceneState) -> bool:
    """Both stand on the table, side by side, at rest, and nobody holds them."""
    cans = [state[name] for name in CANS]
    standing = all(
        can.tilt < UPRIGHT and can.rests() and "table" in can.touches and ROBOT not in can.touches
        for can in cans
    )
    between = float(np.linalg.norm(cans[0].position - cans[1].position)) - 2.0 * CAN_RADIUS
    return standing and between < TOGETHER


PUSH_CANS = Task(
    name="push-cans",
    scene=Scene("cans", (*FURNITURE, can(CANS[0]), can(CANS[1], colour=BLUE))),
    instruction="push the two cans together",
    paraphrases=(
        "push the cans against each other",
        "bring both cans side by side so that they touch",
        "slide one can up to the other",
    ),
    horizon_s=30.0,
    reset=reset,
    success=success,
)
