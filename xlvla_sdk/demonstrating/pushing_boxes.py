"""Push the two boxes together: the hand's row of fingers turns a box flat before it on the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.attitude import Attitude, best_attitude
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation
from xlvla_sdk.demonstrating.pushing import FINGER, push
from xlvla_sdk.sim.tasks.push_boxes import BOXES, OUTER, TOGETHER, UPRIGHT, gap
from xlvla_sdk.sim.things import BOX_SIZE

FURTHER = 0.03
"""Beyond where the boxes meet [m]: fingers bend, and both boxes slide and turn."""
LEAN = 0.3
"""Fingertips ahead of the hand [rad]: pushed further up, so narrow a box falls over."""
TRIES = 5


def push_boxes(limbs: Sequence[Limb], situation: Situation) -> Script:
    """Pushes until the boxes stand together, as often as it takes and five times at the most."""
    for _ in range(TRIES):
        if not _apart(situation):
            return
        situation = yield best_attitude(partial(_plans, limbs, situation), situation.qpos)


def _apart(situation: Situation) -> bool:
    """Whether there is something to push: both stand, with a gap between them."""
    first, second = (situation.state[name] for name in BOXES)
    upright = all(box.tilt < UPRIGHT for box in (first, second))
    return upright and gap(first.T_task_thing, second.T_task_thing) >= TOGETHER


def _plans(limbs: Sequence[Limb], situation: Situation, attitude: Attitude) -> list[Plan]:
    """Either box, with the palm or the back of the hand."""
    poses = [situation.state[name].T_task_thing for name in BOXES]
    return [
        _plan(limb, situation.qpos, poses[first], poses[1 - first], sign, attitude)
        for limb, first, sign in product(limbs, (0, 1), (1.0, -1.0))
    ]


def _plan(
    limb: Limb,
    qpos: Float[np.ndarray, " D"],
    pushed: Float[np.ndarray, "4 4"],
    other: Float[np.ndarray, "4 4"],
    sign: float,
    attitude: Attitude,
) -> Plan:
    """The pushed box may come to lie flat before the fingers with its narrow side: they go that far."""
    along = other[:2, 3] - pushed[:2, 3]
    stop = _half(other, along) + BOX_SIZE[0] + FINGER - FURTHER
    return push(limb, qpos, pushed[:2, 3], other[:2, 3], (OUTER, stop), sign, attitude, LEAN)


def _half(T_task_box: Float[np.ndarray, "4 4"], along: Float[np.ndarray, "2"]) -> float:
    """How far a box's outline is from its middle towards another, along the line to it [m]."""
    direction = np.abs(T_task_box[:2, :2].T @ along) / np.linalg.norm(along)
    return float((np.array(BOX_SIZE[:2]) / 2.0 / np.maximum(direction, 1e-9)).min())
