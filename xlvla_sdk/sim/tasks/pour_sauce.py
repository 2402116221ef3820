"""Pour sauce out of a bottle into a bowl."""

from __future__ import annotations

from xlvla_sdk.sim.grains import Grains, layered
from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.tasks.pour_sugar import APART, BOWL, poured
from xlvla_sdk.sim.things import BOWL_RADIUS, bowl
from xlvla_sdk.sim.vessels import SAUCE_HEIGHT, SAUCE_RADIUS, WALL, sauce_bottle

BOTTLE, SAUCE = "sauce_bottle", "sauce"
DROPS, DROP_RADIUS, DROP_MASS = 24, 0.006, 0.003
"""What stands for the sauce: as much as 70 g in drops of 12 mm."""
SLIPPERY = 0.1
"""Friction of a drop: it slides off anything that leans more than 6 degrees."""
TOMATO = (0.72, 0.13, 0.08, 1.0)


def reset(seed: int) -> Poses:
    """Bottle and bowl on the table, apart, turned at random; all sauce in the bottle."""
    return scattered(seed, {BOTTLE: SAUCE_RADIUS, BOWL: BOWL_RADIUS}, REACH, APART)


def success(state: SceneState) -> bool:
    """Most sauce is in the bowl, little beside it; bottle and bowl stand on the table, nobody holds them."""
    return poured(state, BOTTLE, SAUCE_RADIUS, SAUCE_HEIGHT, SAUCE)


PLACES = layered(DROPS, DROP_RADIUS, SAUCE_RADIUS - WALL, WALL)
POUR_SAUCE = Task(
    name="pour-sauce",
    scene=Scene(
        "bottle of sauce and bowl",
        (*FURNITURE, bowl(BOWL), sauce_bottle(BOTTLE)),
        grains=(Grains(SAUCE, BOTTLE, PLACES, DROP_RADIUS, DROP_MASS, SLIPPERY, TOMATO),),
    ),
    instruction="pour the sauce into the bowl",
    paraphrases=(
        "empty the bottle of sauce into the bowl and put it back",
        "tip the sauce out of the bottle into the white bowl",
        "fill the bowl with the sauce from the bottle",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
