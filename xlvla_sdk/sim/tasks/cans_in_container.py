"""Put two cans into a container."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState, ThingState
from xlvla_sdk.sim.task import REACH, Area, Poses, Task, scattered
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import (
    BLUE,
    CAN_HEIGHT,
    CAN_RADIUS,
    CONTAINER_SIZE,
    CONTAINER_WALL,
    GREY,
    can,
    container,
)

CANS = ("red_can", "blue_can")
CONTAINER = "container"
MIDDLE = Area(x=(0.06, 0.12), y=(-0.04, 0.04))
"""Where the container's middle may begin [m]."""
GAP = 0.04
"""Between any two things where they begin, at the least [m]: a finger's breadth and some."""
FLAT = 0.05
"""How far the container may lean and still be right side up on the table [rad]."""


def reset(seed: int) -> Poses:
    """The container in the middle, the cans upright around it."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(*MIDDLE.x), random.uniform(*MIDDLE.y)
    box = standing(float(x), float(y), float(random.uniform(-0.2, 0.2)))
    while True:
        cans = scattered(random, dict.fromkeys(CANS, CAN_RADIUS), AROUND, GAP)
        if all(outside(box, T) > CAN_RADIUS + GAP for T in cans.values()):
            return {CONTAINER: box, **cans}


def success(state: SceneState) -> bool:
    """Both cans are in the container, which stands on the table; all at rest, nobody holds them."""
    return all_in_container(state, CANS)


def all_in_container(state: SceneState, names: Sequence[str]) -> bool:
    """Whether these cans are in the container, which stands on the table, and nobody holds any."""
    box = state[CONTAINER]
    stands = box.tilt < FLAT and box.rests() and "table" in box.touches
    return stands and ROBOT not in box.touches and all(_lies_in(box, state[can]) for can in names)


def _lies_in(box: ThingState, can: ThingState) -> bool:
    T_box_can = np.linalg.inv(box.T_task_thing) @ can.T_task_thing
    middle = T_box_can[:3, 3] + T_box_can[:3, 2] * CAN_HEIGHT / 2.0
    inside = np.abs(middle[:2]) < np.array(CONTAINER_SIZE[:2]) / 2.0 - CONTAINER_WALL
    let_go = can.rests() and ROBOT not in can.touches and "table" not in can.touches
    # One that lies across the rim has its lowest point above half of it.
    return bool(inside.all()) and let_go and _lowest(T_box_can) < CONTAINER_SIZE[2] / 2.0


def _lowest(T_box_can: np.ndarray) -> float:
    """Height of a can's lowest point over the container's underside [m]."""
    along = T_box_can[2, 2]
    ends = T_box_can[2, 3] + np.array([0.0, along * CAN_HEIGHT])
    return float(ends.min() - CAN_RADIUS * np.sqrt(max(0.0, 1.0 - along**2)))


def outside(T_task_box: np.ndarray, T_task_can: np.ndarray) -> float:
    """How far a can's middle is from the container's outline [m]."""
    p = (np.linalg.inv(T_task_box) @ T_task_can)[:2, 3]
    return float(np.linalg.norm(np.maximum(np.abs(p) - np.array(CONTAINER_SIZE[:2]) / 2.0, 0.0)))


AROUND = Area(x=REACH.x, y=(REACH.y[0] - 0.05, REACH.y[1] + 0.05))
"""Where the cans may begin [m]: the container takes the middle."""
CANS_IN_CONTAINER = Task(
    name="cans-in-container",
    scene=Scene(
        "container",
        (*FURNITURE, container(CONTAINER, colour=GREY), can(CANS[0]), can(CANS[1], colour=BLUE)),
    ),
    instruction="put both cans into the container",
    paraphrases=(
        "place the two cans in the box",
        "pick up the cans and put them into the container",
        "clear the cans from the table into the container",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
