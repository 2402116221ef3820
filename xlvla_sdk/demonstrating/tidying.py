"""Tidy up lemons: each is pinched, carried over the rim of the bowl and dropped into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.gathering import Errand, Fruit, Spot, gather
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Script, Situation
from xlvla_sdk.demonstrating.taking import CLEAR
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.lemons_in_bowl import BOWL, LEMONS
from xlvla_sdk.sim.things import BOWL_HEIGHT, BOWL_RADIUS, LEMON_LENGTH, LEMON_RADIUS

FRUITS = tuple(Fruit(name, LEMON_RADIUS, oblong=True) for name in LEMONS)
DROP = BOWL_HEIGHT + 0.017
"""Height of a lemon's middle where it is let go [m]: fingertips are just above the rim."""
ASIDE = 0.02
"""From the bowl's middle to where a lemon is let go beside another [m]."""
CARRIED = BOWL_HEIGHT + 2.0 * LEMON_RADIUS + CLEAR
"""Height of a lemon's middle on the way [m]."""


def tidy_lemons(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Both into the bowl."""
    return gather(limbs, situation, Errand(FRUITS, _waiting, _spots, _beside, CARRIED))


def _aside(state: SceneState, fruit: Fruit) -> float:
    """From a lemon's middle to the bowl's, seen from above [m]."""
    return float(np.linalg.norm((fruit.middle(state) - state[BOWL].position)[:2]))


def _waiting(state: SceneState) -> list[str]:
    """Those that lie on the table beside the bowl."""
    return [
        fruit.name
        for fruit in FRUITS
        if _aside(state, fruit) > BOWL_RADIUS and fruit.middle(state)[2] > 0.0
    ]


def _spots(state: SceneState, name: str) -> list[Spot]:
    """The bowl's middle; beside a lemon that is there, away from it."""
    at = state[BOWL].position + np.array([0.0, 0.0, DROP])
    for other in FRUITS:
        if other.name != name and _aside(state, other) < BOWL_RADIUS:
            way = (state[BOWL].position - other.middle(state))[:2]
            at[:2] += ASIDE * way / max(float(np.linalg.norm(way)), 1e-3)
    return [Spot(at)]


def _beside(state: SceneState, name: str) -> list[Outline]:
    """The bowl and the other lemon."""
    others = [
        Outline(state[other].T_task_thing, radius=LEMON_LENGTH / 2.0)
        for other in LEMONS
        if other != name
    ]
    return [*others, Outline(state[BOWL].T_task_thing, radius=BOWL_RADIUS)]
