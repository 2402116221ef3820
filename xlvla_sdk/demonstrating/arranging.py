"""Arrange the boxes: each is taken from above by its broad sides and stood at its place on the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.clearance import Outline, clearance
from xlvla_sdk.demonstrating.grip import Grip, downwards, find_grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.taking import CLEAR, leave, let_go, put, take
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.arrange_boxes import HEIGHTS, LINE_X
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOX_SIZE

PLACES: Mapping[str, float] = dict(zip(HEIGHTS, (0.06, -0.06), strict=True))
"""Each box's y on the line [m]."""
NEAR = 0.025
"""A box this near to its place is there [m]."""
BELOW_TOP, GROUND = 0.035, 0.018
"""Where the thumb presses, below a box's upper end; fingertips above the table, at the least [m]."""
LIFTED = 0.02
"""A box this far above the table is in the hand [m]."""
LEANS = 0.1
"""A box that leans further has fallen over [rad]."""
ABOVE = 0.003
"""How far above the table a box is let go [m]."""
PASSING = 0.015
"""Between the underside of a box that is carried and what it is carried over [m]."""
BESIDE = 0.15
"""A box whose middle is nearer to the way of another's is carried over [m]: fingertips come to 66 mm from
the middle of what they hold, a box's corner is 48 mm from its own; the rest is for fingers and noise."""
TURNS = (0.0, np.pi / 2.0, np.pi, -np.pi / 2.0)
"""How boxes may stand on the line [rad]."""
ROOM = 0.01
"""Between the hand and what is beside it [m]; less speaks against a plan."""
TRIES = 6


def arrange_boxes(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Box by box to its place, the tallest first; tries again what was put down upright elsewhere."""
    grips = {limb.side: find_grip(limb, *BOX_SIZE[:2]) for limb in limbs}
    for _ in range(TRIES):
        waiting = [name for name in HEIGHTS if _waits(situation.state, name)]
        if not waiting:
            return
        box = waiting[0]
        plans = [plan for limb in limbs for plan in _takes(limb, grips[limb.side], situation, box)]
        plan = best(plans, situation.qpos)
        limb, grip = plan.limb, grips[plan.limb.side]
        situation = yield plan
        if situation.state[box].position[2] > LIFTED:
            situation = yield best(list(_puts(limb, situation, box)), situation.qpos)
        situation = yield let_go(limb, situation.qpos, grip)
        situation = yield _leave(limb, grip, situation, box)


def _waits(state: SceneState, name: str) -> bool:
    off = state[name].position[:2] - (LINE_X, PLACES[name])
    return state[name].tilt < LEANS and float(np.abs(off).max()) > NEAR


def _takes(limb: Limb, grip: Grip, situation: Situation, box: str) -> Iterator[Plan]:
    """With fingers to one of its broad sides or the other."""
    here, state = limb.here(situation.qpos[limb.columns]), situation.state
    T_task_box = state[box].T_task_thing
    half, carried = np.array(BOX_SIZE[:2]) / 2.0, _carried(state, box)
    beside = [Outline(state[name].T_task_thing, half=half) for name in HEIGHTS if name != box]
    for sign in (1.0, -1.0):
        low = _around(grip, T_task_box, box, sign)
        room = min(ROOM, clearance(limb, low, grip.around, beside))
        waypoints = take(here, grip, low, _over(grip, box), carried)
        T_box_palm = np.linalg.inv(T_task_box) @ low
        for later in _onto_line(box, T_box_palm, grip.closed, carried):
            yield Plan(limb, waypoints, later, handicap=ROOM - room)


def _puts(limb: Limb, situation: Situation, box: str) -> Iterator[Plan]:
    here = limb.here(situation.qpos[limb.columns])
    T_box_palm = np.linalg.inv(situation.state[box].T_task_thing) @ here.T_task_palm
    carried = max(0.0, float(situation.state[box].position[2]))
    for waypoints in _onto_line(box, T_box_palm, here.hand, carried):
        yield Plan(limb, waypoints)


def _carried(state: SceneState, box: str) -> float:
    """From the table up to its underside on the way to its place [m]: over what stands there."""
    begin, end = state[box].position[:2], np.array([LINE_X, PLACES[box]])
    way = end - begin
    over = [0.0]
    for name in HEIGHTS:
        aside = state[name].position[:2] - begin
        part = np.clip(aside @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
        if name != box and np.linalg.norm(aside - part * way) < BESIDE:
            over.append(HEIGHTS[name])
    return max(over) + (PASSING if len(over) > 1 else CLEAR)


def _onto_line(
    box: str,
    T_box_palm: Float[np.ndarray, "4 4"],
    hand: Float[np.ndarray, " E"],
    carried: float,
) -> Iterator[tuple[Waypoint, ...]]:
    """The box upright over its place, then on it, however it lies in the hand."""
    for turn in TURNS:
        T_task_palm = standing(LINE_X, PLACES[box], turn, ABOVE) @ T_box_palm
        yield put(hand, T_task_palm, carried)


def _leave(limb: Limb, grip: Grip, situation: Situation, box: str) -> Plan:
    """The hand turned as the box now stands, so that no finger drags it along; else straight up."""
    thing = situation.state[box]
    palm = limb.palm(situation.qpos[limb.columns])
    if thing.tilt < LEANS:
        sign = 1.0 if palm[:3, 0] @ thing.T_task_thing[:3, 0] > 0.0 else -1.0
        palm = _around(grip, thing.T_task_thing, box, sign)
    return leave(limb, grip, palm, _over(grip, box))


def _around(
    grip: Grip, T_task_box: Float[np.ndarray, "4 4"], box: str, sign: float
) -> Float[np.ndarray, "4 4"]:
    """The palm with the open hand around a box, fingers to one of its broad sides or the other."""
    across = sign * T_task_box[:2, 0]
    at = T_task_box[:3, 3] + np.array([0.0, 0.0, _height(grip, box)])
    return grip.palm(at, downwards(across / np.linalg.norm(across)))


def _height(grip: Grip, box: str) -> float:
    """Of the thumb on a box: near its upper end, and fingertips clear of the table [m]."""
    return max(HEIGHTS[box] - BELOW_TOP, grip.beyond + GROUND)


def _over(grip: Grip, box: str) -> float:
    """From around a box up to where fingertips are clear of it [m]."""
    return HEIGHTS[box] - _height(grip, box) + grip.beyond + CLEAR
