"""Hand over: one hand brings the bottle to the middle, held near its top; the other takes it below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.grip import Grip, downwards, find_grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, best
from xlvla_sdk.demonstrating.side_hold import BREADTH, SideHold
from xlvla_sdk.demonstrating.taking import CLEAR, CLOSING, SLOW, let_go, raised, take
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.tasks.hand_over_bottle import BOTTLE
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import FLASK_HEIGHT, FLASK_RADIUS
from xlvla_sdk.specs import Side

BELOW_TOP = 0.03
"""Where the giving hand's thumb presses, below the bottle's upper end [m]."""
BELOW = 0.04
"""Where the taking hand's thumb presses, above the bottle's underside [m]: its little finger is
below the bottle, its index finger below the giving hand's fingertips."""
MEETING = ((0.02, 0.0), (0.06, 0.0), (0.02, -0.06), (0.02, 0.06))
"""Where the bottle's axis may be when both hands hold it [m]."""
HIGH = 0.17
"""The bottle's underside then [m]."""
BACK = 0.14
"""From where the taking hand closes back to where its open fingers are beside the bottle [m]."""
ANGLES = 2.0 * np.pi * np.arange(8) / 8
"""From where a hand may come, about the vertical [rad]."""
LEANS = (0.0, 0.4)
"""How far below the horizon the taking fingers may point [rad]."""
LIFTED = 0.02
"""A bottle this far above the table is in the hand [m]."""
FALLEN = 0.1
"""A bottle that leans further on the table has fallen over [rad]."""
TRIES = 3


def hand_over_bottle(limbs: Sequence[Limb], situation: Situation) -> Script:
    """The right hand takes it and holds it out, the left hand closes about it, the right hand leaves."""
    right, left = (
        next(limb for limb in limbs if limb.side is side) for side in (Side.RIGHT, Side.LEFT)
    )
    grip = find_grip(right, 2.0 * FLASK_RADIUS, BREADTH)
    hold = SideHold.of(left, FLASK_RADIUS, FLASK_HEIGHT)
    for _ in range(TRIES):
        if situation.state[BOTTLE].tilt > FALLEN:
            return
        situation = yield best(list(_takes(right, grip, situation)), situation.qpos)
        if situation.state[BOTTLE].position[2] > LIFTED:
            situation = yield best(list(_holds_out(right, situation)), situation.qpos)
            situation = yield best(list(_receives(hold, situation)), situation.qpos)
        situation = yield let_go(right, situation.qpos, grip)
        palm = right.palm(situation.qpos[right.columns])
        situation = yield Plan(
            right, (Waypoint(raised(palm, grip.beyond + CLEAR), grip.around, SLOW),)
        )
        if Side.LEFT in situation.state[BOTTLE].hands:
            return


def _takes(limb: Limb, grip: Grip, situation: Situation) -> Iterator[Plan]:
    """From above, from anywhere about it."""
    here = limb.here(situation.qpos[limb.columns])
    T_task_bottle = situation.state[BOTTLE].T_task_thing
    at = T_task_bottle[:3, 3] + np.array([0.0, 0.0, FLASK_HEIGHT - BELOW_TOP])
    over = BELOW_TOP + grip.beyond + CLEAR
    for angle in ANGLES:
        low = grip.palm(at, downwards(np.array([np.cos(angle), np.sin(angle)])))
        waypoints = take(here, grip, low, over, CLEAR)
        T_bottle_palm = np.linalg.inv(T_task_bottle) @ low
        for later in _out(T_bottle_palm, grip.closed, MEETING[:1], ANGLES[::2]):
            yield Plan(limb, waypoints, later)


def _holds_out(limb: Limb, situation: Situation) -> Iterator[Plan]:
    here = limb.here(situation.qpos[limb.columns])
    T_bottle_palm = np.linalg.inv(situation.state[BOTTLE].T_task_thing) @ here.T_task_palm
    for waypoints in _out(T_bottle_palm, here.hand, MEETING, ANGLES):
        yield Plan(limb, waypoints)


def _out(
    T_bottle_palm: Float[np.ndarray, "4 4"],
    hand: Float[np.ndarray, " E"],
    places: Sequence[tuple[float, float]],
    angles: Float[np.ndarray, " N"],
) -> Iterator[tuple[Waypoint, ...]]:
    """The bottle upright in the middle before the robot, turned by any angle."""
    for x, y in places:
        for angle in angles:
            T = standing(x, y, float(angle), HIGH) @ T_bottle_palm
            yield (Waypoint(T, hand, SLOW * 2.0, loose=0.3),)


def _receives(hold: SideHold, situation: Situation) -> Iterator[Plan]:
    """Up behind the bottle, fingers along it, closed."""
    T_task_bottle = situation.state[BOTTLE].T_task_thing
    at = T_task_bottle[:3, 3] + BELOW * T_task_bottle[:3, 2]
    around, closed = hold.grip.around, hold.grip.closed
    for angle in ANGLES:
        for lean in LEANS:
            palm = hold.about(at, float(angle), lean)
            back = palm.copy()
            back[:3, 3] -= (BACK + hold.grip.beyond) * palm[:3, 2]
            waypoints = (
                Waypoint(back, around, loose=0.5),
                Waypoint(palm, around, SLOW, loose=0.1),
                Waypoint(palm, closed, seconds=CLOSING),
            )
            yield Plan(hold.limb, waypoints, handicap=hold.low([back, palm]))
