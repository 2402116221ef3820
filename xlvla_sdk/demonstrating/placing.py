"""Place the box: taken from above between fingers and thumb, put down upright on the block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.grip import Grip, downwards, find_grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.taking import CLEAR, leave, let_go, put, take
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.tasks.place_box import BOX, HEIGHT, PLACE_X, PLACE_Y
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOX_SIZE

BELOW_TOP = 0.035
"""Where the thumb presses, below the box's upper end [m]."""
LIFTED = 0.02
"""A box this far above the table is in the hand [m]."""
LEANS = 0.1
"""A box that leans further has fallen over [rad]."""
SPOTS = ((0.0, 0.0), (-0.03, -0.03), (-0.03, 0.03))
"""Where on the block the box may stand, off its middle [m]."""
ABOVE = 0.002
"""How far above the block the box is let go [m]."""
TRIES = 3


def place_box(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Takes the box, puts it onto the block, lets go; tries again while it stands on the table."""
    grips = {limb.side: find_grip(limb, BOX_SIZE[0], BOX_SIZE[1]) for limb in limbs}
    for _ in range(TRIES):
        if not _stands_on_table(situation.state):
            return
        plan = best(
            [
                _take(limb, grips[limb.side], situation, sign, spot)
                for limb, sign, spot in product(limbs, (1.0, -1.0), SPOTS)
            ],
            situation.qpos,
        )
        limb, grip = plan.limb, grips[plan.limb.side]
        situation = yield plan
        if situation.state[BOX].position[2] > LIFTED:
            situation = yield best([_put(limb, situation, spot) for spot in SPOTS], situation.qpos)
        situation = yield let_go(limb, situation.qpos, grip)
        situation = yield _leave(limb, grip, situation)


def _stands_on_table(state: SceneState) -> bool:
    return state[BOX].tilt < LEANS and float(state[BOX].position[2]) < LIFTED


def _take(
    limb: Limb, grip: Grip, situation: Situation, sign: float, spot: tuple[float, float]
) -> Plan:
    T_task_box = situation.state[BOX].T_task_thing
    low = _around(grip, T_task_box, sign)
    here = limb.here(situation.qpos[limb.columns])
    T_palm_box = np.linalg.inv(low) @ T_task_box
    return Plan(
        limb,
        take(here, grip, low, _over(grip), HEIGHT + CLEAR),
        later=_onto_block(grip.closed, T_palm_box, spot),
    )


def _put(limb: Limb, situation: Situation, spot: tuple[float, float]) -> Plan:
    here = limb.here(situation.qpos[limb.columns])
    T_palm_box = np.linalg.inv(here.T_task_palm) @ situation.state[BOX].T_task_thing
    return Plan(limb, _onto_block(here.hand, T_palm_box, spot))


def _onto_block(
    hand: Float[np.ndarray, " E"], T_palm_box: Float[np.ndarray, "4 4"], spot: tuple[float, float]
) -> tuple[Waypoint, ...]:
    """The box upright over the block, then on it, however it lies in the hand."""
    T_task_box = standing(PLACE_X + spot[0], PLACE_Y + spot[1], z=HEIGHT + ABOVE)
    return put(hand, T_task_box @ np.linalg.inv(T_palm_box), CLEAR)


def _leave(limb: Limb, grip: Grip, situation: Situation) -> Plan:
    """The hand turned as the box now stands, so that no finger drags it along."""
    T_task_box = situation.state[BOX].T_task_thing
    palm = limb.palm(situation.qpos[limb.columns])
    sign = 1.0 if palm[:3, 0] @ T_task_box[:3, 0] > 0.0 else -1.0
    return leave(limb, grip, _around(grip, T_task_box, sign), _over(grip))


def _around(
    grip: Grip, T_task_box: Float[np.ndarray, "4 4"], sign: float
) -> Float[np.ndarray, "4 4"]:
    """The palm with the open hand around the box, fingers to one of its broad sides or the other."""
    across = sign * T_task_box[:2, 0]
    x, y, bottom = T_task_box[:3, 3]
    R = downwards(across / np.linalg.norm(across))
    return grip.palm(np.array([x, y, bottom + BOX_SIZE[2] - BELOW_TOP]), R)


def _over(grip: Grip) -> float:
    return BELOW_TOP + grip.beyond + CLEAR
