"""Fill the container: each can is taken from above between fingers and thumb and put down inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xlvla_sdk.demonstrating.can_hold import ANGLES, LEANS, ROOM, CanHold, roomy
from xlvla_sdk.demonstrating.clearance import Outline
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.taking import CLEAR, let_go, put, take
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.cans_in_container import CANS, CONTAINER
from xlvla_sdk.sim.tasks.sort_cans import WANTED
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS, CONTAINER_SIZE, CONTAINER_WALL

LIFTED = 0.02
"""A can this far above the table is in the hand [m]."""
SLOTS = ((0.065, 0.0), (-0.065, 0.0))
"""Where in the container the cans are put [m]."""
DROP = 0.012
"""How far above the container's bottom a can is let go [m]."""
OVER_RIM = CONTAINER_SIZE[2] + CLEAR
"""From the table, or the container's bottom, up to where a can is carried [m]."""
OVER_CANS = CAN_HEIGHT + CLEAR
"""The same where a can stays on the table, which must not be knocked over."""
TRIES = 5


def fill_container(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Both cans into the container."""
    return put_into_container(limbs, situation, CANS, OVER_RIM)


def sort_cans(limbs: Sequence[Limb], situation: Situation) -> Script:
    """The red cans into the container; the other stays where it is."""
    return put_into_container(limbs, situation, WANTED, OVER_CANS)


def put_into_container(
    limbs: Sequence[Limb], situation: Situation, wanted: Sequence[str], carried: float
) -> Script:
    """Takes can by can; tries again what was dropped upright.

    Args:
        limbs: The body's.
        situation: How it begins.
        wanted: Names of the cans that go into the container; others may stand around.
        carried: From what a can stands on up to where it is carried [m].
    """
    holds = {limb.side: CanHold.of(limb) for limb in limbs}
    for _ in range(TRIES):
        plans = {
            plan: can
            for can in _left(situation.state, wanted)
            for hold in holds.values()
            for plan in _takes(hold, situation, can, carried)
        }
        if not plans:
            return
        plan = best(list(plans), situation.qpos)
        can, hold = plans[plan], holds[plan.limb.side]
        situation = yield plan
        if situation.state[can].position[2] > LIFTED:
            situation = yield best(list(_puts(hold, situation, can, carried)), situation.qpos)
        situation = yield let_go(hold.limb, situation.qpos, hold.grip)
        situation = yield hold.leave(situation, can)


def _left(state: SceneState, wanted: Sequence[str]) -> list[str]:
    """Wanted cans that stand beside the container."""
    box = Outline(state[CONTAINER].T_task_thing, half=np.array(CONTAINER_SIZE[:2]) / 2.0)
    outside = {name: box.distance(state[name].position[None, :2])[0] > 0.0 for name in wanted}
    return [name for name in wanted if outside[name] and state[name].tilt < LEANS]


def _takes(hold: CanHold, situation: Situation, can: str, carried: float) -> Iterator[Plan]:
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    palms = [hold.around(situation.state[can].position, angle) for angle in ANGLES]
    for room, low in roomy(hold, palms, _outlines(situation.state, can)):
        waypoints = take(here, hold.grip, low, hold.over, carried)
        yield Plan(hold.limb, waypoints, handicap=ROOM - room)


def _puts(hold: CanHold, situation: Situation, can: str, carried: float) -> Iterator[Plan]:
    """Into a free place of the container, the can upright, the hand from where it has room."""
    here = hold.limb.here(situation.qpos[hold.limb.columns])
    state = situation.state
    T_can_palm = np.linalg.inv(state[can].T_task_thing) @ here.T_task_palm
    beside = _outlines(state, can, inside=True)
    for slot in _free(state, can):
        x, y, z = (state[CONTAINER].T_task_thing @ (*slot, CONTAINER_WALL + DROP, 1.0))[:3]
        palms = [standing(x, y, angle, z) @ T_can_palm for angle in ANGLES]
        for room, low in roomy(hold, palms, beside):
            yield Plan(hold.limb, put(here.hand, low, carried), handicap=ROOM - room)


def _free(state: SceneState, can: str) -> list[tuple[float, float]]:
    """Places in the container where no other can is."""
    T_box_task = np.linalg.inv(state[CONTAINER].T_task_thing)
    others = [(T_box_task @ state[name].T_task_thing)[:2, 3] for name in _others(state, can)]
    free = [
        slot
        for slot in SLOTS
        if all(np.linalg.norm(other - slot) > 2.0 * CAN_RADIUS for other in others)
    ]
    return free or list(SLOTS)


def _others(state: SceneState, can: str) -> list[str]:
    return [name for name in state.things if name not in (can, CONTAINER)]


def _outlines(state: SceneState, can: str, inside: bool = False) -> list[Outline]:
    """What a hand about a can may run into: other cans, the container from outside or inside."""
    others = _others(state, can)
    disks = [Outline(state[name].T_task_thing, radius=CAN_RADIUS) for name in others]
    half = np.array(CONTAINER_SIZE[:2]) / 2.0
    return [*disks, Outline(state[CONTAINER].T_task_thing, half=half, within=inside)]
