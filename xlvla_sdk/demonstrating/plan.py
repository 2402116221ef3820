"""Plan: what a limb is to do next; the best of several, and a plan with noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.limb import Limb, Motion
from xlvla_sdk.demonstrating.waypoint import Waypoint, rotation_matrix
from xlvla_sdk.sim.scene_state import SceneState

FAR = 0.004
"""An error of the arm [m] that no plan is worse for: it is within what grasps forgive."""
TURNED = 3.0
"""Noise turns a palm by this many radians for each metre that it moves it."""


@dataclass(frozen=True)
class Situation:
    """What a script knows when it decides.

    Attributes:
        state: Where things are.
        qpos: The body's whole qpos as it was told last [rad, m].
    """

    state: SceneState
    qpos: Float[np.ndarray, " D"]


@dataclass(frozen=True, eq=False)
class Plan:
    """Waypoints of one limb.

    Attributes:
        limb: Who.
        waypoints: Where to, one by one.
        later: Where it will have to go then; it counts where plans are weighed.
        handicap: What speaks against it, as an error of the arm would [m].
    """

    limb: Limb
    waypoints: tuple[Waypoint, ...]
    later: tuple[Waypoint, ...] = ()
    handicap: float = 0.0


Script = Generator[Plan, Situation, None]
"""Yields what to do next, is sent what came of it, and returns when nothing is left to do."""


def best(plans: Sequence[Plan], qpos: Float[np.ndarray, " D"]) -> Plan:
    """The plan that its limb follows best from where it stands; of equals the quickest for its joints.

    As `cheapest`, without what it costs.
    """
    return cheapest(plans, qpos)[0]


def cheapest(plans: Sequence[Plan], qpos: Float[np.ndarray, " D"]) -> tuple[Plan, float]:
    """The plan of least `cost`, and that cost [m]; of equals the first.

    What plans share, one and the same tuple of waypoints before different `later`, is solved once.

    Args:
        plans: At least one.
        qpos: The body's whole qpos [rad, m].
    """
    several = {key for key, count in Counter(id(p.waypoints) for p in plans).items() if count > 1}
    begun: dict[int, Motion] = {}
    for plan in plans:
        key = id(plan.waypoints)
        if key in several and key not in begun:
            begun[key] = plan.limb.glance(qpos[plan.limb.columns], plan.waypoints)
    costs = [cost(plan, qpos, begun.get(id(plan.waypoints))) for plan in plans]
    least = min(costs)
    return plans[costs.index(least)], least


def cost(plan: Plan, qpos: Float[np.ndarray, " D"], begun: Motion | None = None) -> float:
    """How far the arm is off at the worst [m], the handicap, and a little for joints that travel.

    Args:
        plan: What is weighed.
        qpos: The body's whole qpos [rad, m].
        begun: The glance at its waypoints, where that is known: only `later` is then solved.
    """
    if begun is None:
        motions = (plan.limb.glance(qpos[plan.limb.columns], (*plan.waypoints, *plan.later)),)
    else:
        motions = (begun, plan.limb.glance(begun.qpos[-1], plan.later))
    arm = np.concatenate([motion.qpos for motion in motions])[:, : len(plan.limb.arm.joints)]
    travel = float(np.abs(np.diff(arm, axis=0)).sum(axis=0).max(initial=0.0))
    error = max(motion.error for motion in motions)
    return max(error, FAR) + plan.handicap + 1e-3 * travel


def loosened(
    waypoints: Sequence[Waypoint], noise: float, random: np.random.Generator
) -> tuple[Waypoint, ...]:
    """Waypoints moved and turned at random, each as far as it is loose.

    Motions between them are smooth, so that they stay so.

    Args:
        waypoints: The plan's.
        noise: Standard deviation of a waypoint that is all loose, along each axis [m].
        random: Drawn from for every waypoint, whether loose or not.
    """
    moved = []
    for waypoint in waypoints:
        shift, turn = random.normal(size=3), random.normal(size=3)
        T = waypoint.T_task_palm.copy()
        T[:3, 3] += noise * waypoint.loose * shift
        T[:3, :3] = rotation_matrix(TURNED * noise * waypoint.loose * turn) @ T[:3, :3]
        moved.append(replace(waypoint, T_task_palm=T))
    return tuple(moved)
