"""Lift a box and place it upright on a marked place."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import REACH, Area, Poses, Task, scattered
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOX_SIZE, box, pedestal

BOX, PLACE = "box", "place"
HEIGHT, WIDTH = 0.05, 0.20
"""Of the green block that marks the place [m]: too high to push the box onto."""
UPRIGHT = 0.05
"""How far the box may lean [rad]: one that was toppled onto the block lies there."""
PLACE_X, PLACE_Y = 0.08, 0.10
"""Its middle in the task frame [m]."""
BEGINS = Area(x=REACH.x, y=(REACH.y[0], -0.08))
"""Where the box's middle may begin [m]: clear of the block."""


def reset(seed: int) -> Poses:
    """The box upright beside the block, turned at random."""
    return scattered(seed, {BOX: float(np.hypot(*BOX_SIZE[:2])) / 2.0}, BEGINS, 0.0)


def success(state: SceneState) -> bool:
    """The box stands on the block and on nothing else, at rest, and nobody holds it."""
    carton = state[BOX]
    over = np.abs(carton.position[:2] - (PLACE_X, PLACE_Y)) < WIDTH / 2.0
    stands = carton.tilt < UPRIGHT and carton.rests() and carton.touches == {PLACE}
    return bool(over.all()) and stands


PLACE_BOX = Task(
    name="place-box",
    scene=Scene(
        "box and block",
        (
            *FURNITURE,
            pedestal(PLACE, HEIGHT, WIDTH, T_task_thing=standing(PLACE_X, PLACE_Y)),
            box(BOX),
        ),
    ),
    instruction="lift the box and place it upright on the green block",
    paraphrases=(
        "stand the box on the green block",
        "pick up the box and set it down standing on the green block",
        "put the yellow box onto the green block, as it stands now",
    ),
    horizon_s=30.0,
    reset=reset,
    success=success,
)
