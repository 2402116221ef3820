"""The trees of links a body is made of: arms where they stand, hands on their flanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import ArmSpec, BodySide, Embodiment, HandSpec, Side, Station
from xlvla_sdk.specs.placement import PlacedSide, placed_sides
from xlvla_sdk.specs.urdf import UrdfModel

APART = 0.3
"""Between two hands that no arm carries and no station places [m]; a choice."""
ABOVE = 0.15
"""Height over a table of the palm frame of such a hand [m]; a choice."""


@dataclass(frozen=True)
class Tree:
    """One URDF in the world: an arm, a hand, or a trunk that carries two arms.

    Attributes:
        prefix: Before the names of its links and joints, since both sides may use the same.
        model: The URDF.
        root: The link it begins at.
        mount: Name of the body that carries it; None for the world.
        T_mount_root: Where it is there [m].
        specs: Whose joints move it.
        sides: The side of each of them.
    """

    prefix: str
    model: UrdfModel
    root: str
    mount: str | None
    T_mount_root: Float[np.ndarray, "4 4"]
    specs: tuple[ArmSpec | HandSpec, ...]
    sides: tuple[Side, ...]

    @property
    def drives(self) -> Mapping[str, tuple[int, int, float, float]]:
        """For every joint that moves: (number of the spec, column in its qpos, multiplier, offset).

        A joint of the URDF that no spec drives stands at zero, as kinematics has it.
        """
        return {
            joint: (number, *drive)
            for number, spec in enumerate(self.specs)
            for joint, drive in joint_drives(self.model, spec.joints).items()
        }


def trees(embodiment: Embodiment, station: Station, above: float = 0.0) -> tuple[Tree, ...]:
    """Every tree of a body, what carries others first.

    Two arms of one URDF that stand in one place are one tree: a humanoid's.

    Args:
        embodiment: The body.
        station: The lab's file.
        above: How high a hand stands that no arm carries and no station places [m].

    Raises:
        SpecError: When nothing says where an arm stands or how a hand is mounted.
    """
    grown: list[Tree] = []
    for placed in placed_sides(embodiment, station):
        arm, hand = placed.body.arm, placed.body.hand
        carrier = None if arm is None else _add_arm(grown, placed, arm)
        if hand is None:
            continue
        T = placed.T_flange_wrist
        if T is None:
            T = _alone(embodiment, placed, station, above)
        prefix = f"{placed.body.side}_hand/"
        sides = (placed.body.side,)
        grown.append(Tree(prefix, hand.model, hand.wrist_link, carrier, T, (hand,), sides))
    return tuple(grown)


def tree_of(grown: tuple[Tree, ...], side: Side, spec: ArmSpec | HandSpec) -> Tree:
    """The tree that has a side's device; both sides may have the same device."""
    return next(
        tree
        for tree in grown
        if any(pair == (side, spec) for pair in zip(tree.sides, tree.specs, strict=True))
    )


def _add_arm(grown: list[Tree], placed: PlacedSide, arm: ArmSpec) -> str:
    """Adds an arm, to the trunk that is there where there is one; the body of its flange."""
    for number, tree in enumerate(grown):
        shared = tree.model.source == arm.model.source and tree.root == arm.base_link
        if tree.mount is None and shared and np.allclose(tree.T_mount_root, placed.T_task_base):
            specs, sides = (*tree.specs, arm), (*tree.sides, placed.body.side)
            grown[number] = replace(tree, specs=specs, sides=sides)
            return tree.prefix + arm.flange_link
    prefix = f"{placed.body.side}_arm/"
    T, sides = placed.T_task_base, (placed.body.side,)
    grown.append(Tree(prefix, arm.model, arm.base_link, None, T, (arm,), sides))
    return prefix + arm.flange_link


def _alone(
    embodiment: Embodiment, placed: PlacedSide, station: Station, above: float
) -> Float[np.ndarray, "4 4"]:
    """Where a hand's wrist is without an arm: upright, palm to +x, where no station says."""
    hand = placed.body.hand
    assert hand is not None
    if _said(placed.body, hand, station):
        return placed.T_task_base
    T_task_palm = np.eye(4)
    T_task_palm[2, 3] = above
    if len(embodiment.sides) > 1:
        T_task_palm[1, 3] = APART / 2.0 * (1.0 if placed.body.side is Side.LEFT else -1.0)
    return T_task_palm @ np.linalg.inv(hand.T_wrist_palm)


def _said(body: BodySide, hand: HandSpec, station: Station) -> bool:
    return any(key in station.task_base for key in (hand.id, str(body.side)))
