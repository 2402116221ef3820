"""Push one thing along the line to another, with a hand held low; the two cans are pushed together so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.attitude import UPRIGHT_HAND, Attitude, best_attitude
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation
from xlvla_sdk.demonstrating.waypoint import Waypoint
from xlvla_sdk.sim.parts import starting_posture
from xlvla_sdk.sim.tasks.push_cans import CANS, TOGETHER, UPRIGHT
from xlvla_sdk.sim.things import CAN_RADIUS

OVER, LOW = 0.22, 0.025
"""Height of the fingertips over the cans, and while they push [m]."""
PUSHING = 0.15
"""Of the fingertips at the most [m/s]: a can must slide without tipping over."""
CLEAR = 0.045
"""Behind a can before it is touched, and after it was let go [m]."""
FINGER = 0.010
"""Half of a finger's thickness [m]."""
FURTHER = 0.035
"""Beyond where the cans meet [m]: fingers are thinner here than there, and both cans may slide."""
TOUCHING = 3.0 * CAN_RADIUS + FINGER - FURTHER
"""From the other can's middle to the fingers' middle, where they stop [m]."""
TRIES = 3


def push_cans(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Pushes until the cans stand together, as often as it takes and three times at the most."""
    for _ in range(TRIES):
        if not _apart(situation):
            return
        situation = yield best_attitude(partial(_plans, limbs, situation), situation.qpos)


def _apart(situation: Situation) -> bool:
    """Whether there is something to push: both stand, with a gap between them."""
    cans = [situation.state[name] for name in CANS]
    gap = float(np.linalg.norm(cans[0].position - cans[1].position)) - 2.0 * CAN_RADIUS
    return gap >= TOGETHER and all(can.tilt < UPRIGHT for can in cans)


def _plans(limbs: Sequence[Limb], situation: Situation, attitude: Attitude) -> list[Plan]:
    """Either can, with the palm or the back of the hand."""
    at = [situation.state[name].position[:2] for name in CANS]
    return [
        push(limb, situation.qpos, at[first], at[1 - first], (CAN_RADIUS, TOUCHING), sign, attitude)
        for limb, first, sign in product(limbs, (0, 1), (1.0, -1.0))
    ]


def push(
    limb: Limb,
    qpos: Float[np.ndarray, " D"],
    thing: Float[np.ndarray, "2"],
    other: Float[np.ndarray, "2"],
    reach: tuple[float, float],
    sign: float,
    attitude: Attitude,
    lean: float = 0.0,
) -> Plan:
    """Down behind a thing, along the line to the other, back, and up.

    Args:
        limb: Whose hand.
        qpos: The body's whole qpos [rad, m].
        thing, other: Their middles on the table [m].
        reach: How far the thing may reach back from its middle, and how far from the other's middle
            the fingers' middle stops [m].
        sign: 1 to push with the palm, -1 with the back of the hand.
        attitude: How the hand is held.
        lean: How far fingertips are ahead of the hand, as an angle [rad]: a tall thing is then touched
            by them alone, close to the table.
    """
    towards = (other - thing) / np.linalg.norm(other - thing)
    behind = thing - towards * (reach[0] + FINGER + CLEAR)
    end = other - towards * reach[1]
    back = end - towards * CLEAR
    hand, here = starting_posture(limb.hand), limb.palm(qpos[limb.columns])
    tips = limb.hand_kinematics.tips(hand)[1:]  # the thumb is the first
    fingertips = tips.mean(axis=0)
    R = attitude.rotation(towards, sign, lean)
    upright = UPRIGHT_HAND.rotation(towards, sign, lean)
    low = LOW + max(0.0, _lowest(tips, upright) - _lowest(tips, R))
    turned = (here[:3, :3] @ fingertips + here[:3, 3])[:2]

    def to(x_y: np.ndarray, z: float, loose: float, speed: float = 0.4) -> Waypoint:
        T = np.eye(4)
        T[:3, :3] = R
        T[:3, 3] = np.array([*x_y, z]) - R @ fingertips
        return Waypoint(T, hand, speed, loose=loose)

    return Plan(
        limb,
        (
            to(turned, OVER, 0.5),  # turns where it is, above everything
            to(behind, OVER, 1.0),
            to(behind, low, 0.2),
            to(end, low, 0.0, PUSHING),
            to(back, low, 0.5),
            to(back, OVER, 1.0),
        ),
        handicap=attitude.handicap,
    )


def _lowest(tips: Float[np.ndarray, "fingers 3"], R: Float[np.ndarray, "3 3"]) -> float:
    """Where a turned hand's lowest fingertip is, from the middle of all [m]: below zero."""
    return float((tips @ R[2]).min() - tips.mean(axis=0) @ R[2])
