"""Hand a bottle over, from the right hand to the left one."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState
from xlvla_sdk.sim.task import Area, Poses, Task
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import flask
from xlvla_sdk.specs import Side

BOTTLE = "bottle"
RIGHT = Area(x=(-0.02, 0.12), y=(-0.22, -0.10))
"""Where the bottle begins [m]: before the right arm."""
HELD = 0.05
"""The bottle's underside is this far above the table, at the least [m]."""
UPRIGHT = 0.5
"""How far the bottle may lean in the hand [rad]."""


def reset(seed: int) -> Poses:
    """The bottle upright on the robot's right, turned at random."""
    random = np.random.default_rng(seed)
    x, y, yaw = random.uniform(*RIGHT.x), random.uniform(*RIGHT.y), random.uniform(-np.pi, np.pi)
    return {BOTTLE: standing(float(x), float(y), float(yaw))}


def success(state: SceneState) -> bool:
    """The left hand alone holds the bottle, off the table, upright and at rest."""
    bottle = state[BOTTLE]
    left = bottle.touches == {ROBOT} and bottle.hands == {Side.LEFT}
    high = float(bottle.position[2]) > HELD
    return left and high and bottle.tilt < UPRIGHT and bottle.rests()


HAND_OVER_BOTTLE = Task(
    name="hand-over-bottle",
    scene=Scene("bottle to hand over", (*FURNITURE, flask(BOTTLE))),
    instruction="hand the bottle over from the right to the left hand",
    paraphrases=(
        "take the bottle with the right hand and give it to the left one",
        "pass the bottle from the right hand into the left",
        "pick up the bottle on the right and let the left hand take it",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
    hands=(Side.RIGHT, Side.LEFT),
)
