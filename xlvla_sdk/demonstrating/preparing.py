"""Prepare fruits: banana and orange are pinched and put side by side onto the board."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.gathering import Errand, Fruit, Spot, gather
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Script, Situation
from xlvla_sdk.demonstrating.taking import CLEAR
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.prepare_fruits import BANANA, BOARD_X, BOARD_Y, FRUIT, HEIGHT, RADII
from xlvla_sdk.sim.things import BANANA_LENGTH

FRUITS = (Fruit(BANANA, RADII[BANANA], oblong=True), Fruit(FRUIT, RADII[FRUIT]))
ASIDE = 0.06
"""From the board's middle to where either fruit is put [m]: the banana towards the robot's right."""
ABOVE = 0.002
"""How far above the board a fruit is let go [m]."""


def prepare_fruits(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Both onto the board."""
    carried = HEIGHT + 2.0 * max(RADII.values()) + CLEAR
    return gather(limbs, situation, Errand(FRUITS, _waiting, _spots, _beside, carried))


def _waiting(state: SceneState) -> list[str]:
    """Those whose middle is not higher than on the table."""
    return [
        fruit.name for fruit in FRUITS if 0.0 < fruit.middle(state)[2] < fruit.radius + HEIGHT / 2.0
    ]


def _spots(_: SceneState, name: str) -> list[Spot]:
    height = HEIGHT + RADII[name] + ABOVE
    if name == FRUIT:
        return [Spot(np.array([BOARD_X, BOARD_Y + ASIDE, height]))]
    at = np.array([BOARD_X, BOARD_Y - ASIDE, height])
    return [Spot(at, yaw) for yaw in (0.0, np.pi)]


def _beside(state: SceneState, name: str) -> list[Outline]:
    """The other fruit; the board is too low to be in the way."""
    if name == FRUIT:
        half = np.array([BANANA_LENGTH / 2.0, RADII[BANANA]])
        return [Outline(state[BANANA].T_task_thing, half=half)]
    return [Outline(state[FRUIT].T_task_thing, radius=RADII[FRUIT])]
