"""Take, let go, leave: what a hand that comes from above does with anything it grips."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.grip import Grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.pinch import Pinch
from xlvla_sdk.demonstrating.plan import Plan
from xlvla_sdk.demonstrating.waypoint import Waypoint

CLEAR = 0.04
"""Between what is carried, or the open hand, and what is below [m]."""
ENTRY = 0.01
"""Between fingertips and the thing's upper end where the hand goes straight down around it [m]."""
CLOSING, OPENING = 0.8, 0.5
"""How long fingers take [s]."""
SLOW = 0.12
"""The palm while fingers go around a thing, and while it is put down [m/s]."""
CENTRING = 0.05
"""The palm while the open hand gets the thing into its middle [m/s]."""


def take(
    here: Waypoint, grip: Grip | Pinch, low: Float[np.ndarray, "4 4"], over: float, lift: float
) -> tuple[Waypoint, ...]:
    """Up, above the thing, straight down around it, closed, and up with it.

    Args:
        here: Where the hand is now.
        grip: How it takes the thing.
        low: T_task_palm with the thing in the middle between fingers and thumb.
        over: From there up to where fingertips are CLEAR above the thing [m].
        lift: From there up to where it is carried [m].
    """
    high = raised(low, over)
    up = raised(here.T_task_palm, max(0.0, high[2, 3] - here.T_task_palm[2, 3]))
    return (
        Waypoint(up, grip.around, loose=0.3),
        Waypoint(high, grip.around, loose=1.0),
        Waypoint(raised(high, ENTRY - CLEAR), grip.around, SLOW, loose=0.1),
        Waypoint(low, grip.around, SLOW, loose=0.1),
        Waypoint(low, grip.closed, seconds=CLOSING),
        Waypoint(raised(low, lift), grip.closed, SLOW),
    )


def put(
    hand: Float[np.ndarray, " E"], T_task_palm: Float[np.ndarray, "4 4"], height: float
) -> tuple[Waypoint, ...]:
    """Over a place, then down onto it, with what is in the hand.

    Args:
        hand: The closed hand [rad, m].
        T_task_palm: Where the palm lets go.
        height: How far above that it comes from [m].
    """
    return (
        Waypoint(raised(T_task_palm, height), hand, loose=0.3),
        Waypoint(T_task_palm, hand, SLOW),
    )


def let_go(limb: Limb, qpos: Float[np.ndarray, " D"], grip: Grip | Pinch) -> Plan:
    """Opens where it is. `qpos` is the body's [rad, m]."""
    palm = limb.palm(qpos[limb.columns])
    return Plan(limb, (Waypoint(palm, grip.around, seconds=OPENING),))


def leave(limb: Limb, grip: Grip | Pinch, low: Float[np.ndarray, "4 4"], over: float) -> Plan:
    """Gets what it let go of into the middle between fingers and thumb, then goes up.

    Args:
        limb: Whose hand.
        grip: How it held the thing.
        low, over: As in `take`.
    """
    return Plan(
        limb,
        (
            Waypoint(low, grip.around, CENTRING),
            Waypoint(raised(low, over), grip.around, loose=0.5),
        ),
    )


def raised(T: Float[np.ndarray, "4 4"], by: float) -> Float[np.ndarray, "4 4"]:
    """A pose further up in the task frame [m]."""
    higher = T.copy()
    higher[2, 3] += by
    return higher
