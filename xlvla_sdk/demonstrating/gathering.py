"""Gather: fruits are pinched one by one, carried over to where they go, and let go there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.clearance import Outline, clearance
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.pinch import Pinch, find_pinch
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.taking import CLEAR, leave, let_go, put, take
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.thing import standing

LIFTED = 0.02
"""A fruit this much higher than it began is in the hand [m]."""
BELOW_MIDDLE = 0.004
"""Tips press this far below a fruit's middle [m]: it does not slip out of them."""
LOWEST = 0.016
"""The least height of tips above the table [m]."""
ROUND = tuple(2.0 * np.pi * k / 8 for k in (0, 1, 2, 3, 4, 5, 6, 7))
"""From where a hand may come about a round fruit, and how far it may turn what it carries [rad]."""
QUARTERS = (0.0, np.pi / 2.0, -np.pi / 2.0)
"""How far it may turn, of what is weighed before the fruit is taken [rad]."""
FEW = 5
"""How many directions are weighed for a fruit."""
ROOM = 0.01
"""Between the hand and what is beside it [m]; less speaks against a plan."""
TRIES = 6


@dataclass(frozen=True)
class Fruit:
    """What the hand has to know of one.

    Attributes:
        name: In the scene.
        radius: From its middle to the ground it lies on, and to where tips press [m].
        oblong: Whether it is longer along its x and taken across.
    """

    name: str
    radius: float
    oblong: bool = False

    def middle(self, state: SceneState) -> Float[np.ndarray, "3"]:
        """Its middle in the task frame [m]."""
        T = state[self.name].T_task_thing
        return T[:3, 3] + self.radius * T[:3, 2]

    def yaw(self, state: SceneState) -> float:
        """Where its x points, seen from above [rad]."""
        x = state[self.name].T_task_thing[:2, 0]
        return float(np.arctan2(x[1], x[0]))


@dataclass(frozen=True)
class Spot:
    """Where a fruit's middle may be let go, in the task frame [m], and where its x then points [rad]."""

    at: Float[np.ndarray, "3"]
    yaw: float | None = None


@dataclass(frozen=True)
class Errand:
    """What is to be gathered, and where to.

    Attributes:
        fruits: All of them.
        waiting: Names of those that are not yet where they belong.
        spots: Where one may go.
        beside: What a hand about it may run into where it lies.
        carried: Height of its middle on the way [m].
    """

    fruits: tuple[Fruit, ...]
    waiting: Callable[[SceneState], Sequence[str]]
    spots: Callable[[SceneState, str], Sequence[Spot]]
    beside: Callable[[SceneState, str], Sequence[Outline]]
    carried: float


def gather(limbs: Sequence[Limb], situation: Situation, errand: Errand) -> Script:
    """Takes what waits, one by one, nearest to hand first; tries again what was dropped."""
    radii = {fruit.radius for fruit in errand.fruits}
    pinches = {(limb.side, r): find_pinch(limb, 2.0 * r) for limb in limbs for r in radii}
    for _ in range(TRIES):
        waiting = set(errand.waiting(situation.state))
        if not waiting:
            return
        fruit = _nearest(limbs, situation, [one for one in errand.fruits if one.name in waiting])
        plan = best(
            [
                plan
                for limb in limbs
                for plan in _takes(limb, pinches[limb.side, fruit.radius], situation, errand, fruit)
            ],
            situation.qpos,
        )
        limb, pinch = plan.limb, pinches[plan.limb.side, fruit.radius]
        before = fruit.middle(situation.state)[2]
        situation = yield plan
        if fruit.middle(situation.state)[2] > before + LIFTED:
            situation = yield best(_puts(limb, situation, errand, fruit), situation.qpos)
        situation = yield let_go(limb, situation.qpos, pinch)
        palm = limb.palm(situation.qpos[limb.columns])
        situation = yield leave(limb, pinch, palm, errand.carried)


def _nearest(limbs: Sequence[Limb], situation: Situation, fruits: Sequence[Fruit]) -> Fruit:
    """The fruit that is nearest to any of the palms."""
    palms = [limb.palm(situation.qpos[limb.columns])[:3, 3] for limb in limbs]
    return min(
        fruits,
        key=lambda fruit: min(
            float(np.linalg.norm(fruit.middle(situation.state) - palm)) for palm in palms
        ),
    )


def _takes(
    limb: Limb, pinch: Pinch, situation: Situation, errand: Errand, fruit: Fruit
) -> Iterator[Plan]:
    """From where the hand has room, and can go on to where the fruit belongs."""
    here, state = limb.here(situation.qpos[limb.columns]), situation.state
    middle = fruit.middle(state)
    at = middle + np.array([0.0, 0.0, max(LOWEST - middle[2], -BELOW_MIDDLE)])
    for room, low in _roomy(limb, pinch, at, errand.beside(state, fruit.name), fruit, state):
        lift = errand.carried - float(middle[2])
        waypoints = take(here, pinch, low, fruit.radius + CLEAR, lift)
        held = Waypoint(low, pinch.closed)
        for later in _onto(state, errand, fruit, held, QUARTERS):
            yield Plan(limb, waypoints, later, handicap=ROOM - room)


def _roomy(
    limb: Limb,
    pinch: Pinch,
    at: Float[np.ndarray, "3"],
    beside: Sequence[Outline],
    fruit: Fruit,
    state: SceneState,
) -> list[tuple[float, np.ndarray]]:
    """The palms with the most room about a fruit, and how much that is, ROOM at the most."""
    quarter = np.pi / 2.0
    yaw = fruit.yaw(state)
    angles = (yaw + quarter, yaw - quarter) if fruit.oblong else ROUND
    palms = [pinch.palm(at, np.array([np.cos(angle), np.sin(angle)])) for angle in angles]
    rooms = [min(ROOM, clearance(limb, T, pinch.around, beside)) for T in palms]
    roomiest = sorted(range(len(palms)), key=lambda k: -rooms[k])[:FEW]
    return [(rooms[k], palms[k]) for k in roomiest]


def _puts(limb: Limb, situation: Situation, errand: Errand, fruit: Fruit) -> list[Plan]:
    here = limb.here(situation.qpos[limb.columns])
    ways = _onto(situation.state, errand, fruit, here, ROUND)
    return [Plan(limb, waypoints) for waypoints in ways]


def _onto(
    state: SceneState, errand: Errand, fruit: Fruit, held: Waypoint, turns: Sequence[float]
) -> Iterator[tuple[Waypoint, ...]]:
    """The fruit over a spot, then on it; the palm leans as it does now, turned about the vertical."""
    middle = fruit.middle(state)
    T_middle_palm = held.T_task_palm.copy()
    T_middle_palm[:3, 3] -= middle
    for spot in errand.spots(state, fruit.name):
        x, y, z = spot.at.tolist()
        for turn in turns if spot.yaw is None else (spot.yaw - fruit.yaw(state),):
            yield put(held.hand, standing(x, y, turn, z) @ T_middle_palm, errand.carried - z)
