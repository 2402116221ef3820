"""Pour sugar out of a jar into a bowl."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from xlvla_sdk.sim.grains import Grains, layered
from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.scene_state import GrainsState, SceneState, ThingState
from xlvla_sdk.sim.task import REACH, Poses, Task, scattered
from xlvla_sdk.sim.things import BOWL_HEIGHT, BOWL_RADIUS, bowl
from xlvla_sdk.sim.vessels import JAR_HEIGHT, JAR_RADIUS, WALL, jar

JAR, BOWL, SUGAR = "jar", "bowl", "sugar"
APART = 0.08
"""Between jar and bowl where they begin, at the least [m]: a hand fits between them."""
BALLS, BALL_RADIUS, BALL_MASS = 30, 0.006, 0.002
"""What stands for the sugar: as much as 60 g in balls of 12 mm; finer sugar takes longer to simulate."""
MOST, FEW = 0.8, 0.1
"""Parts of what was in the vessel: in the bowl at the least, beside it at the most."""
STILL = 0.01
"""A ball slower than this is at rest [m/s]."""
UPRIGHT = 0.05
"""How far the vessel or the bowl may lean and still stand [rad]."""


def reset(seed: int) -> Poses:
    """Jar and bowl on the table, apart, turned at random; all sugar in the jar."""
    return scattered(seed, {JAR: JAR_RADIUS, BOWL: BOWL_RADIUS}, REACH, APART)


def success(state: SceneState) -> bool:
    """Most sugar lies in the bowl, little beside it; jar and bowl stand on the table; nobody holds them."""
    return poured(state, JAR, JAR_RADIUS, JAR_HEIGHT, SUGAR)


def poured(state: SceneState, vessel: str, radius: float, height: float, what: str) -> bool:
    """Whether what was in a vessel is in the bowl, and the vessel stands on the table again.

    Args:
        state: The scene's.
        vessel: Its name.
        radius, height: Of the vessel, outside [m].
        what: Name of the grains.
    """
    balls = state.grains[what]
    inside = within(balls, state[BOWL], BOWL_RADIUS, BOWL_HEIGHT + BALL_RADIUS)
    left = within(balls, state[vessel], radius, height)
    slow = np.linalg.norm(balls.velocities, axis=1) < STILL
    free = np.array([touched <= {BOWL, what} for touched in balls.touches])
    enough = (inside & slow & free).mean() >= MOST and (~inside & ~left).mean() <= FEW
    return bool(enough) and all(_stands(state[name], what) for name in (vessel, BOWL))


def within(
    balls: GrainsState, vessel: ThingState, radius: float, height: float
) -> Bool[np.ndarray, " N"]:
    """Which grains have their middle inside of a round vessel's outline [m]."""
    own = (balls.positions - vessel.position) @ vessel.T_task_thing[:3, :3]
    aside = np.linalg.norm(own[:, :2], axis=1)
    return (aside < radius) & (own[:, 2] > 0.0) & (own[:, 2] < height)


def _stands(thing: ThingState, what: str) -> bool:
    alone = "table" in thing.touches and thing.touches <= {"table", what}
    return alone and thing.tilt < UPRIGHT and thing.rests()


PLACES = layered(BALLS, BALL_RADIUS, JAR_RADIUS - WALL, WALL)
POUR_SUGAR = Task(
    name="pour-sugar",
    scene=Scene(
        "jar of sugar and bowl",
        (*FURNITURE, bowl(BOWL), jar(JAR)),
        grains=(Grains(SUGAR, JAR, PLACES, BALL_RADIUS, BALL_MASS),),
    ),
    instruction="pour the sugar into the bowl",
    paraphrases=(
        "empty the jar of sugar into the bowl and put it back",
        "tip the sugar out of the jar into the white bowl",
        "fill the bowl with the sugar from the jar",
    ),
    horizon_s=60.0,
    reset=reset,
    success=success,
)
