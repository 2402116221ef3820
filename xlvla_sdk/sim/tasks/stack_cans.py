"""Stack two cans, either on the other."""

from __future__ import annotations

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.things import BLUE, CAN_HEIGHT, CAN_RADIUS, can

CANS = ("red_can", "blue_can")
APART = 0.08
"""Between the cans where they begin, at the least [m]."""
UPRIGHT = 0.05
"""How far a can that stands may lean [rad]; at 0.52 it falls over."""
ON_TOP = 0.01
"""How far the upper can's underside may be from the lower can's upper end [m]."""


def reset(seed: int) -> Poses:
    """Both cans upright on the table, apart."""
    return scattered(seed, dict.fromkeys(CANS, CAN_RADIUS), REACH, APART)


def success(state: SceneState) -> bool:
    """One can stands on the table, the other on it and on nothing else; at rest, nobody holds them."""
    first, second = CANS
    return _stands_on(state, first, second) or _stands_on(state, second, first)


def _stands_on(state: SceneState, upper: str, lower: str) -> bool:
    top, bottom = state[upper], state[lower]
    height = float(top.position[2] - bottom.position[2])
    alone = top.touches == {lower} and bottom.touches == {upper, "table"}
    return alone and abs(height - CAN_HEIGHT) < ON_TOP and all(map(_upright, (top, bottom)))


def _upright(can: ThingState) -> bool:
    return can.tilt < UPRIGHT and can.rests()


STACK_CANS = Task(
    name="stack-cans",
    scene=Scene("cans to stack", (*FURNITURE, can(CANS[0]), can(CANS[1], colour=BLUE))),
    instruction="stack the two cans",
    paraphrases=(
        "put one can on top of the other",
        "stand a can on the other can",
        "build a tower of both cans",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
