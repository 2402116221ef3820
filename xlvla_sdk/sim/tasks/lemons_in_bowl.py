"""Re-organise two lemons into a bowl."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import ROBOT, SceneState, ThingState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.things import (
    BOWL_HEIGHT,
    BOWL_RADIUS,
    LEMON_LENGTH,
    LEMON_RADIUS,
    bowl,
    lemon,
)

LEMONS = ("lemon", "second_lemon")
BOWL = "bowl"
APART = 0.05
"""Between the circles around any two where they begin, at the least [m]."""
FLAT = 0.05
"""How far the bowl may lean and still stand [rad]."""


def reset(seed: int) -> Poses:
    """Lemons and bowl on the table, apart, turned at random."""
    radii = {BOWL: BOWL_RADIUS, **dict.fromkeys(LEMONS, LEMON_LENGTH / 2.0)}
    return scattered(seed, radii, REACH, APART)


def success(state: SceneState) -> bool:
    """Both lemons lie in the bowl, which stands on the table; all at rest, nobody holds them."""
    dish = state[BOWL]
    stands = dish.tilt < FLAT and dish.rests() and "table" in dish.touches
    return stands and ROBOT not in dish.touches and all(_lies_in(state, one) for one in LEMONS)


def _lies_in(state: SceneState, name: str) -> bool:
    """Its middle over the bowl and below the rim; it touches nothing else than bowl and lemon."""
    fruit = state[name]
    aside, height = _in_bowl(state[BOWL], fruit)
    alone = bool(fruit.touches) and fruit.touches <= {BOWL, *LEMONS}
    return alone and fruit.rests() and aside < BOWL_RADIUS and 0.0 < height < BOWL_HEIGHT


def _in_bowl(dish: ThingState, fruit: ThingState) -> tuple[float, float]:
    """How far a lemon's middle is from the bowl's axis, and above its underside [m]."""
    middle = fruit.position + LEMON_RADIUS * fruit.T_task_thing[:3, 2]
    way = middle - dish.position
    return float(np.linalg.norm(way[:2])), float(way[2])


LEMONS_IN_BOWL = Task(
    name="lemons-in-bowl",
    scene=Scene("lemons and bowl", (*FURNITURE, bowl(BOWL), *map(lemon, LEMONS))),
    instruction="put both lemons into the bowl",
    paraphrases=(
        "tidy the lemons up into the bowl",
        "place the two lemons in the white bowl",
        "collect the lemons in the bowl",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
