"""Stack the cans: one is taken from above between fingers and thumb and stood on the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.can_hold import ANGLES, LEANS, ROOM, CanHold, roomy
from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.taking import CLEAR, let_go, put, take
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.stack_cans import CANS
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS

LIFTED = 0.02
"""A can this far above the table is in the hand, or stands on the other [m]."""
ABOVE = 0.003
"""How far above the other can a can is let go [m]."""
FEWER = 4
"""Every fourth angle is weighed before the can is taken."""
TRIES = 4


def stack_cans(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Stands either can on the other; tries again while both stand on the table."""
    holds = {limb.side: CanHold.of(limb) for limb in limbs}
    for _ in range(TRIES):
        if not _both_stand(situation.state):
            return
        plans = {
            plan: can
            for can in CANS
            for hold in holds.values()
            for plan in _takes(hold, situation, can)
        }
        plan = best(list(plans), situation.qpos)
        can, hold = plans[plan], holds[plan.limb.side]
        situation = yield plan
        if situation.state[can].position[2] > LIFTED:
            situation = yield best(list(_puts(hold, situation, can)), situation.qpos)
        situation = yield let_go(hold.limb, situation.qpos, hold.grip)
        situation = yield hold.leave(situation, can)


def _both_stand(state: SceneState) -> bool:
    cans = [state[name] for name in CANS]
    return all(can.tilt < LEANS and abs(float(can.position[2])) < LIFTED for can in cans)


def _other(can: str) -> str:
    return CANS[1 - CANS.index(can)]


def _takes(hold: CanHold, situation: Situation, can: str) -> Iterator[Plan]:
    """From where the hand has room, and can go on to put the can onto the other."""
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    state = situation.state
    palms = [hold.around(state[can].position, angle) for angle in ANGLES]
    beside = [Outline(state[_other(can)].T_task_thing, radius=CAN_RADIUS)]
    for room, low in roomy(hold, palms, beside):
        waypoints = take(here, hold.grip, low, hold.over, CAN_HEIGHT + CLEAR)
        T_can_palm = np.linalg.inv(state[can].T_task_thing) @ low
        for later in _onto(state, can, T_can_palm, hold.grip.closed, ANGLES[::FEWER]):
            yield Plan(hold.limb, waypoints, later, handicap=ROOM - room)


def _puts(hold: CanHold, situation: Situation, can: str) -> Iterator[Plan]:
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    T_can_palm = np.linalg.inv(situation.state[can].T_task_thing) @ here.T_task_palm
    for waypoints in _onto(situation.state, can, T_can_palm, here.hand, ANGLES):
        yield Plan(hold.limb, waypoints)


def _onto(
    state: SceneState,
    can: str,
    T_can_palm: Float[np.ndarray, "4 4"],
    hand: Float[np.ndarray, " E"],
    angles: Float[np.ndarray, " N"],
) -> Iterator[tuple[Waypoint, ...]]:
    """Onto the middle of the other can, upright, however it lies in the hand, turned by any angle."""
    x, y, z = state[_other(can)].position
    for angle in angles:
        yield put(hand, standing(x, y, angle, z + CAN_HEIGHT + ABOVE) @ T_can_palm, CLEAR)
