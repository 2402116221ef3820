"""Which columns of a row and of a whole qpos belong to which side's hand and arm."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.layouts.arm_pose import WIDTH
from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec


@dataclass(frozen=True)
class SideColumns:
    """One side of a body; a part that it lacks has no columns.

    Attributes:
        hand, arm: What the side has.
        hand_qpos, arm_qpos: Their columns in the whole qpos.
        hand_row, arm_row: Their columns in a row.
    """

    hand: HandSpec | None
    arm: ArmSpec | None
    hand_qpos: slice
    arm_qpos: slice
    hand_row: slice
    arm_row: slice

    @property
    def width(self) -> int:
        """How many columns of a row the side takes."""
        return sum(cut.stop - cut.start for cut in (self.hand_row, self.arm_row))


def side_columns(embodiment: Embodiment, hand_width: int) -> tuple[SideColumns, ...]:
    """The columns of each side, right first.

    Args:
        embodiment: The body.
        hand_width: How many columns of a row a hand takes.
    """
    sides, q, row = [], 0, 0
    for body in embodiment.sides:
        arm_qpos, q = _taken(q, len(body.arm.joints) if body.arm else 0)
        hand_qpos, q = _taken(q, len(body.hand.joints) if body.hand else 0)
        hand_row, row = _taken(row, hand_width if body.hand else 0)
        arm_row, row = _taken(row, WIDTH if body.arm else 0)
        sides.append(SideColumns(body.hand, body.arm, hand_qpos, arm_qpos, hand_row, arm_row))
    return tuple(sides)


def _taken(start: int, count: int) -> tuple[slice, int]:
    return (slice(start, start + count), start + count)
