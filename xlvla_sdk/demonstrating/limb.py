"""Limb: an arm with its hand, and whether it can follow waypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.waypoint import DT, Waypoint, track
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import ArmKinematics, HandKinematics, arm_kinematics, hand_kinematics
from xlvla_sdk.kinematics.ik import solve_rows
from xlvla_sdk.sim.parts import starting_posture
from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec, Side, Station, placed_sides

ROTATION = 0.1
"""A radian that the palm is turned off counts as this many metres."""
ARM = 0.5
"""Part of the arm's velocity limits that a demonstration uses."""
GLANCE = 8
"""A way that is only weighed is solved at every eighth row."""


@dataclass(frozen=True)
class Motion:
    """What a limb does DT by DT, and how well.

    Attributes:
        limb: Which.
        waypoints: What was asked for; the first is where it began.
        qpos: The limb's own qpos, arm then hand [rad, m].
        position_error: How far the palm is off at the worst [m].
        rotation_error: How far it is turned off at the worst [rad].
    """

    limb: Limb
    waypoints: tuple[Waypoint, ...]
    qpos: Float[np.ndarray, "rows D"]
    position_error: float
    rotation_error: float

    @property
    def error(self) -> float:
        """Both errors as one length [m]."""
        return self.position_error + ROTATION * self.rotation_error


@dataclass(frozen=True)
class Limb:
    """One side of a body that has an arm and a hand.

    Attributes:
        side: Right or left.
        arm, hand: Their specs.
        arm_kinematics, hand_kinematics: How they move; the hand in its own palm frame, not mirrored.
        columns: Of the arm, then of the hand, in the body's whole qpos.
        T_task_base: Pose of the arm's base in the task frame.
        T_flange_palm: Pose of the palm frame in the arm's flange.
    """

    side: Side
    arm: ArmSpec
    hand: HandSpec
    arm_kinematics: ArmKinematics
    hand_kinematics: HandKinematics
    columns: slice
    T_task_base: Float[np.ndarray, "4 4"]
    T_flange_palm: Float[np.ndarray, "4 4"]

    @property
    def start(self) -> Float[np.ndarray, " D"]:
        """Where a simulation begins: the arm ready, the hand open [rad, m]."""
        return np.concatenate([starting_posture(self.arm), starting_posture(self.hand)])

    def palm(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, "4 4"]:
        """T_task_palm of a posture of the limb [rad, m]."""
        arm = qpos[: len(self.arm.joints)]
        return self.T_task_base @ self.arm_kinematics.fk(arm) @ self.T_flange_palm

    def here(self, qpos: Float[np.ndarray, " D"]) -> Waypoint:
        """A posture of the limb as a waypoint: where a motion begins."""
        return Waypoint(self.palm(qpos), qpos[len(self.arm.joints) :])

    def motion(
        self, qpos: Float[np.ndarray, " D"], waypoints: Sequence[Waypoint], dt: float = DT
    ) -> Motion:
        """The limb's way from where it stands through waypoints, joints within limits and speeds.

        Args:
            qpos: Where it stands [rad, m].
            waypoints: Where it goes.
            dt: Between two rows [s].
        """
        through = (self.here(qpos), *waypoints)
        way = track(through, self.hand.velocity_limits, dt)
        T_base_flange = (
            np.linalg.inv(self.T_task_base) @ way.T_task_palm @ np.linalg.inv(self.T_flange_palm)
        )
        found = solve_rows(
            self.arm_kinematics, T_base_flange, qpos[: len(self.arm.joints)], ARM * dt
        )
        return Motion(
            self,
            through,
            np.hstack([found.qpos, np.clip(way.hand, *self.hand.limits)]),
            float(found.position_error.max()),
            float(found.rotation_error.max()),
        )

    def glance(self, qpos: Float[np.ndarray, " D"], waypoints: Sequence[Waypoint]) -> Motion:
        """The same at an eighth of the rows, to weigh ways against each other."""
        return self.motion(qpos, waypoints, GLANCE * DT)


def limbs(embodiment: Embodiment, station: Station | None = None) -> tuple[Limb, ...]:
    """Every arm with a hand of a body, right first.

    Raises:
        SpecError: When there is none, or nothing says where an arm stands or a hand is mounted.
    """
    found, begin = [], 0
    for placed in placed_sides(embodiment, station):
        end = begin + sum(len(part.joints) for part in placed.body.parts)
        arm, hand = placed.body.arm, placed.body.hand
        if arm is not None and hand is not None and placed.T_flange_wrist is not None:
            T_flange_palm = placed.T_flange_wrist @ hand.T_wrist_palm
            models = arm_kinematics(arm), hand_kinematics(hand)
            columns = slice(begin, end)
            found.append(
                Limb(
                    placed.body.side, arm, hand, *models, columns, placed.T_task_base, T_flange_palm
                )
            )
        begin = end
    if not found:
        raise SpecError(
            f"{embodiment.name} has no arm with a hand on it: it cannot demonstrate a task. "
            f"Name both, as in xarm7+{embodiment.name}."
        )
    return tuple(found)
