"""Prepare fruits: a banana and an orange onto the board."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.task import REACH, Area, Poses, Task, scattered
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import (
    BANANA_LENGTH,
    BANANA_RADIUS,
    ORANGE_RADIUS,
    banana,
    orange,
    pedestal,
)

BANANA, FRUIT, BOARD = "banana", "orange", "board"
HEIGHT, WIDTH = 0.015, 0.24
"""Of the board [m]: a chopping board's."""
BOARD_X, BOARD_Y = 0.06, 0.12
"""Its middle in the task frame [m]."""
BEGINS = Area(x=REACH.x, y=(-0.24, -0.06))
"""Where the fruits' middles may begin [m]."""
APART = 0.03
"""Between the circles around both where they begin, at the least [m]."""
RADII = {BANANA: BANANA_RADIUS, FRUIT: ORANGE_RADIUS}
"""From a fruit's middle to the ground it lies on [m]."""


def reset(seed: int) -> Poses:
    """Both fruits on the table beside the board, turned at random; none of the banana over it."""
    random = np.random.default_rng(seed)
    reaches = {BANANA: BANANA_LENGTH / 2.0, FRUIT: ORANGE_RADIUS}
    while True:
        poses = scattered(random, reaches, BEGINS, APART)
        along = abs(poses[BANANA][1, 0]) * BANANA_LENGTH / 2.0 + 2.0 * BANANA_RADIUS
        if poses[BANANA][1, 3] + along < BOARD_Y - WIDTH / 2.0:
            return poses


def success(state: SceneState) -> bool:
    """Both lie on the board and touch nothing else, at rest."""
    return all(_lies_on_board(state[name], radius) for name, radius in RADII.items())


def _lies_on_board(fruit: ThingState, radius: float) -> bool:
    middle = fruit.position + radius * fruit.T_task_thing[:3, 2]
    over = np.abs(middle[:2] - (BOARD_X, BOARD_Y)) < WIDTH / 2.0
    return bool(over.all()) and fruit.rests() and fruit.touches == {BOARD}


PREPARE_FRUITS = Task(
    name="prepare-fruits",
    scene=Scene(
        "fruits and board",
        (
            *FURNITURE,
            pedestal(BOARD, HEIGHT, WIDTH, T_task_thing=standing(BOARD_X, BOARD_Y)),
            banana(BANANA),
            orange(FRUIT),
        ),
    ),
    instruction="put the banana and the orange onto the board",
    paraphrases=(
        "prepare the fruits on the board",
        "place both fruits on the green board",
        "get the orange and the banana onto the chopping board",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
