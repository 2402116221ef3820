"""Sort cans into a container: the red ones in, the blue one stays on the table."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import REACH, Area, Poses, Task, scattered
from xlvla_sdk.sim.tasks.cans_in_container import CONTAINER, GAP, all_in_container, outside
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BLUE, CAN_RADIUS, GREY, can, container

WANTED = ("red_can", "second_red_can")
UNWANTED = "blue_can"
BESIDE = Area(x=(0.04, 0.08), y=(0.11, 0.14))
"""Where the container's middle may begin [m]."""
BEGINS = Area(x=REACH.x, y=(REACH.y[0], 0.0))
"""Where cans may begin [m]: beside the container, where either arm reaches them."""
UPRIGHT = 0.05
"""How far the blue can may lean [rad]: one that was knocked over was not left alone."""


def reset(seed: int) -> Poses:
    """The container to the left, all three cans upright to the right of it."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(*BESIDE.x), random.uniform(*BESIDE.y)
    box = standing(float(x), float(y), float(random.uniform(-0.15, 0.15)))
    while True:
        cans = scattered(random, dict.fromkeys((*WANTED, UNWANTED), CAN_RADIUS), BEGINS, GAP)
        if all(outside(box, T) > CAN_RADIUS + GAP for T in cans.values()):
            return {CONTAINER: box, **cans}


def success(state: SceneState) -> bool:
    """The red cans are in the container; the blue one stands on the table and touches nothing else."""
    blue = state[UNWANTED]
    alone = blue.tilt < UPRIGHT and blue.rests() and blue.touches == {"table"}
    return alone and all_in_container(state, WANTED)


SORT_CANS = Task(
    name="sort-cans",
    scene=Scene(
        "container and three cans",
        (
            *FURNITURE,
            container(CONTAINER, colour=GREY),
            *map(can, WANTED),
            can(UNWANTED, colour=BLUE),
        ),
    ),
    instruction="put the red cans into the container and leave the blue one",
    paraphrases=(
        "sort the red cans into the container",
        "only the red cans belong into the box",
        "pick out both red cans and put them into the container",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
