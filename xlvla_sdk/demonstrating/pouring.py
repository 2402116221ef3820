"""Pour: a vessel is taken from a side, tipped over the bowl until it is empty, and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best, cost
from xlvla_sdk.demonstrating.side_hold import SideHold
from xlvla_sdk.demonstrating.taking import CLEAR, SLOW, leave, let_go, put, take
from xlvla_sdk.demonstrating.waypoint import Waypoint, rotation_matrix
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.pour_sauce import BOTTLE
from xlvla_sdk.sim.tasks.pour_sugar import BOWL, JAR
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOWL_HEIGHT, BOWL_RADIUS
from xlvla_sdk.sim.vessels import (
    JAR_HEIGHT,
    JAR_RADIUS,
    SAUCE_HEIGHT,
    SAUCE_MOUTH,
    SAUCE_RADIUS,
)
from xlvla_sdk.specs import Side

ANGLES = 2.0 * np.pi * np.arange(16) / 16
"""Where fingers may point, about the vertical [rad]."""
LEANS = (0.3, 0.6)
"""How far below the horizon they may point [rad]."""
FEW, BEST = 6, 3
"""How many of these are weighed, and of how many ways to take the vessel it is asked what comes then."""
TURNS = (0.0, 0.6, -0.6, 1.3, -1.3)
"""How far vessel and hand may be turned about the vertical on the way to the bowl, or back [rad]."""
WEIGHED = (0.0, 0.8, -0.8)
"""The same, where ways to take it are weighed by what comes then [rad]."""
ROOM = 0.02
"""Between the hand and the bowl [m]; less speaks against a plan."""
LIFTED = 0.02
"""A vessel this far above the table is in the hand [m]."""
FALLEN = 0.1
"""A vessel that leans further has fallen over [rad]."""
OVER_RIM = 0.04
"""From the bowl's rim up to the lip that is poured over [m]."""
TILTS = (0.9, 1.4, 1.8, 2.3)
"""How far the vessel is tipped, one after the other [rad]: the last is steeper than balls stay on."""
POURING = 0.7
"""How long each of these takes at the least [s]."""
EMPTYING = 1.0
"""How long the vessel stays as it is at last [s]."""
ABOVE = 0.003
"""How far above the table it is let go [m]."""
TRIES = 3


@dataclass(frozen=True)
class Vessel:
    """What is poured from.

    Attributes:
        name: Of the thing.
        radius: Where it is held, outside [m].
        mouth: Radius of its lip, outside [m].
        height: Of the lip above its underside [m].
    """

    name: str
    radius: float
    mouth: float
    height: float


def pour_sugar(limbs: Sequence[Limb], situation: Situation) -> Script:
    """All of the jar into the bowl."""
    return pour(limbs, situation, Vessel(JAR, JAR_RADIUS, JAR_RADIUS, JAR_HEIGHT))


def pour_sauce(limbs: Sequence[Limb], situation: Situation) -> Script:
    """All of the bottle into the bowl."""
    return pour(limbs, situation, Vessel(BOTTLE, SAUCE_RADIUS, SAUCE_MOUTH, SAUCE_HEIGHT))


def pour(limbs: Sequence[Limb], situation: Situation, vessel: Vessel) -> Script:
    """Takes the vessel, empties it over the bowl, stands it where it stood; again what it missed."""
    holds = {limb.side: SideHold.of(limb, vessel.radius, vessel.height) for limb in limbs}
    for _ in range(TRIES):
        if situation.state[vessel.name].tilt > FALLEN:
            return
        home = situation.state[vessel.name].position
        plan = best(_takes(holds, situation, vessel), situation.qpos)
        hold = holds[plan.limb.side]
        situation = yield plan
        taken = situation.state[vessel.name].position[2] > LIFTED
        if taken:
            situation = yield best(list(_pours(hold, situation, vessel)), situation.qpos)
            situation = yield best(list(_returns(hold, situation, vessel, home)), situation.qpos)
        situation = yield let_go(hold.limb, situation.qpos, hold.grip)
        palm = hold.limb.palm(situation.qpos[hold.limb.columns])
        situation = yield leave(hold.limb, hold.grip, palm, hold.over)
        if taken:
            return


def _takes(holds: Mapping[Side, SideHold], situation: Situation, vessel: Vessel) -> list[Plan]:
    """The best ways to take it, each with every way to tip it then."""
    ways = [plan for hold in holds.values() for plan in _ways(hold, situation, vessel)]
    ways.sort(key=lambda plan: cost(plan, situation.qpos))
    T_vessel_task = np.linalg.inv(situation.state[vessel.name].T_task_thing)
    plans = []
    for way in ways[:BEST]:
        hold, low = holds[way.limb.side], way.waypoints[-2]  # closed about it, not yet lifted
        T_vessel_palm = T_vessel_task @ low.T_task_palm
        for then in _tipped(situation.state, vessel, T_vessel_palm, low.hand, WEIGHED):
            later = (then[0], then[-3])  # over the bowl, and tipped all the way
            lacks = hold.low(one.T_task_palm for one in later)
            plans.append(replace(way, later=later, handicap=way.handicap + lacks))
    return plans


def _ways(hold: SideHold, situation: Situation, vessel: Vessel) -> Iterator[Plan]:
    """From above, around it, with fingers pointing to where the bowl leaves the hand room."""
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    at = situation.state[vessel.name].position
    bowl = [Outline(situation.state[BOWL].T_task_thing, radius=BOWL_RADIUS)]
    rooms = [min(ROOM, hold.room(at, angle, bowl)) for angle in ANGLES]
    for k in _roomiest(rooms):
        for lean in LEANS:
            low = hold.around(at, ANGLES[k], lean)
            waypoints = take(here, hold.grip, low, hold.over, BOWL_HEIGHT + CLEAR)
            lacks = hold.low(one.T_task_palm for one in waypoints)
            yield Plan(hold.limb, waypoints, handicap=ROOM - rooms[k] + lacks)


def _roomiest(rooms: Sequence[float]) -> list[int]:
    """A few of ANGLES, spread over all where the hand has room, or over the better half."""
    order = sorted(range(len(rooms)), key=lambda k: -rooms[k])
    enough = max(len(rooms) // 2, sum(room >= ROOM for room in rooms))
    chosen = sorted(order[:enough])
    return [chosen[k] for k in np.linspace(0, len(chosen), FEW, endpoint=False).astype(int)]


def _pours(hold: SideHold, situation: Situation, vessel: Vessel) -> Iterator[Plan]:
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    state = situation.state
    T_vessel_palm = np.linalg.inv(state[vessel.name].T_task_thing) @ here.T_task_palm
    for waypoints in _tipped(state, vessel, T_vessel_palm, here.hand, TURNS):
        palms = (one.T_task_palm for one in waypoints)
        yield Plan(hold.limb, waypoints, handicap=hold.low(palms))


def _tipped(
    state: SceneState,
    vessel: Vessel,
    T_vessel_palm: Float[np.ndarray, "4 4"],
    hand: Float[np.ndarray, " E"],
    turns: Sequence[float],
) -> Iterator[tuple[Waypoint, ...]]:
    """Over the bowl, tipped about the fingers to either side of the hand, turned, upright again."""
    stands = state[vessel.name].T_task_thing
    heading = float(np.arctan2(stands[1, 0], stands[0, 0]))
    for turn in turns:
        for side in (1.0, -1.0):
            towards = _sideways(T_vessel_palm, side)
            upright, *tipped = (
                _over_lip(vessel, state, towards, heading + turn, tilt) @ T_vessel_palm
                for tilt in (0.0, *TILTS)
            )
            yield (
                Waypoint(upright, hand, loose=0.3),
                *(Waypoint(T, hand, SLOW, seconds=POURING) for T in tipped),
                Waypoint(tipped[-1], hand, seconds=EMPTYING),
                Waypoint(tipped[0], hand),
                Waypoint(upright, hand),
            )


def _sideways(T_vessel_palm: Float[np.ndarray, "4 4"], side: float) -> float:
    """The direction across the fingers, about the vessel's axis [rad]."""
    ahead = T_vessel_palm[:2, 2]
    return float(np.arctan2(ahead[1], ahead[0]) + side * np.pi / 2.0)


def _over_lip(
    vessel: Vessel, state: SceneState, towards: float, angle: float, tilt: float
) -> Float[np.ndarray, "4 4"]:
    """T_task_vessel, tipped, with the lowest point of its lip over the bowl's middle, clear of the rim.

    Args:
        vessel: Which.
        state: Where the bowl is.
        towards: To which of its sides it is tipped [rad].
        angle: Turn of the upright vessel about the vertical [rad].
        tilt: How far it leans [rad].
    """
    axis = np.array([-np.sin(towards), np.cos(towards), 0.0])
    T = standing(0.0, 0.0, angle)
    T[:3, :3] = T[:3, :3] @ rotation_matrix(tilt * axis)
    edge = np.array([vessel.mouth * np.cos(towards), vessel.mouth * np.sin(towards), vessel.height])
    above = BOWL_HEIGHT + OVER_RIM + max(0.0, vessel.height * float(np.cos(tilt)))
    T[:3, 3] = state[BOWL].position + np.array([0.0, 0.0, above]) - T[:3, :3] @ edge
    return T


def _returns(
    hold: SideHold, situation: Situation, vessel: Vessel, home: Float[np.ndarray, "3"]
) -> Iterator[Plan]:
    """Upright onto the table where it stood, however it lies in the hand, turned by any angle."""
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    T_vessel_palm = np.linalg.inv(situation.state[vessel.name].T_task_thing) @ here.T_task_palm
    stands = situation.state[vessel.name].T_task_thing
    heading = float(np.arctan2(stands[1, 0], stands[0, 0]))
    for turn in TURNS:
        T = standing(float(home[0]), float(home[1]), heading + turn, ABOVE) @ T_vessel_palm
        yield Plan(hold.limb, put(here.hand, T, BOWL_HEIGHT + CLEAR), handicap=hold.low([T]))
