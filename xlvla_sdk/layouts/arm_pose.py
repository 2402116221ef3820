"""ArmPose: the nine numbers of a row that say where an arm holds its hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics import ArmKinematics, HandKinematics, arm_kinematics, hand_kinematics
from xlvla_sdk.kinematics.ik import Reached, solve, solve_rows
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.layouts.rotation import rotation_columns, rotation_of
from xlvla_sdk.specs import PlacedSide

WIDTH = 9
"""Columns an arm takes: a point [m], then two columns of a rotation, in the task frame."""


@dataclass(frozen=True)
class ArmPose:
    """One side's arm between qpos and row.

    With a hand, the point is the hand's pinch point and the rotation its palm's; an arm alone
    gives its flange's origin and rotation.

    Attributes:
        name: What messages call the side.
        arm: The arm.
        hand: The hand in its own palm frame, not mirrored; None for an arm alone.
        T_task_base: Pose of the arm's base in the task frame.
        T_flange_palm: Pose of the palm frame in the flange; the identity for an arm alone.
    """

    name: str
    arm: ArmKinematics
    hand: HandKinematics | None
    T_task_base: Float[np.ndarray, "4 4"]
    T_flange_palm: Float[np.ndarray, "4 4"]

    @staticmethod
    def of(side: PlacedSide) -> ArmPose:
        """The arm of a side that has one."""
        assert side.body.arm is not None
        hand, T_flange_palm = side.body.hand, np.eye(4)
        if hand is not None:
            assert side.T_flange_wrist is not None
            T_flange_palm = side.T_flange_wrist @ hand.T_wrist_palm
        return ArmPose(
            name=f"{side.body.arm.name} on the {side.body.side}",
            arm=arm_kinematics(side.body.arm),
            hand=None if hand is None else hand_kinematics(hand),
            T_task_base=side.T_task_base,
            T_flange_palm=T_flange_palm,
        )

    def encode(
        self, arm: Float[np.ndarray, "*batch D"], hand: Float[np.ndarray, "*batch E"] | None
    ) -> Float[np.ndarray, "*batch 9"]:
        """The columns of postures of the arm and the hand on it [rad, m]."""
        T_task_palm = self.T_task_base @ self.arm.fk(arm) @ self.T_flange_palm
        R, point = T_task_palm[..., :3, :3], T_task_palm[..., :3, 3]
        if self.hand is not None and hand is not None:
            point = point + _turned(R, pinch_point(self.hand, hand))
        return np.concatenate([point, rotation_columns(R)], axis=-1)

    def flange(
        self, columns: Float[np.ndarray, "*batch 9"], hand: Float[np.ndarray, "*batch E"] | None
    ) -> Float[np.ndarray, "*batch 4 4"]:
        """Where the flange must be in the arm's base, for the hand's postures [rad, m].

        Raises:
            PolicyError: When a row holds no rotation.
        """
        columns = np.asarray(columns, dtype=float)
        T_task_palm = np.zeros((*columns.shape[:-1], 4, 4))
        R = rotation_of(columns[..., 3:], self.name)
        T_task_palm[..., :3, :3] = R
        T_task_palm[..., :3, 3] = columns[..., :3]
        if self.hand is not None and hand is not None:
            T_task_palm[..., :3, 3] -= _turned(R, pinch_point(self.hand, hand))
        T_task_palm[..., 3, 3] = 1.0
        T_base_task, T_palm_flange = self._inverses
        return T_base_task @ T_task_palm @ T_palm_flange

    def reach(
        self,
        columns: Float[np.ndarray, "*rows 9"],
        hand: Float[np.ndarray, "*rows E"] | None,
        start: Float[np.ndarray, " D"],
    ) -> Reached:
        """The arm's postures for one row, or for the rows of a chunk one after the other.

        Args:
            columns: Of this arm.
            hand: Postures of the hand on it [rad, m]; None for an arm alone.
            start: The measured arm [rad, m].

        Raises:
            PolicyError: When a row holds no rotation.
        """
        T_base_flange = self.flange(columns, hand)
        if T_base_flange.ndim == 2:
            return solve(self.arm, T_base_flange, start)
        return solve_rows(self.arm, T_base_flange, start)

    @cached_property
    def _inverses(self) -> tuple[np.ndarray, np.ndarray]:
        return np.linalg.inv(self.T_task_base), np.linalg.inv(self.T_flange_palm)


def _turned(R: np.ndarray, p: np.ndarray) -> np.ndarray:
    return (R @ p[..., None])[..., 0]
